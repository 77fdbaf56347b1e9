"""Everything in one command: migrations, web, sender and timers; with the demo, its data and its feed too."""

import ipaddress
import os
import socket
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections
from django.utils import timezone

from config.checks import missing, reach_database
from config.gunicorn import READY_VARIABLE
from config.supervisor import Program, take_over
from demo.seed import plant

BACKLOG = 1024


@dataclass(frozen=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


class Command(BaseCommand):
    help = "Runs Bellhop: migrates, then web, sender and timers in one process group. SIGTERM or Ctrl-C ends all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT", help="where to listen")
        parser.add_argument(
            "--embedded", action="store_true", help="run a sender here although CELERY_BROKER_URL is set"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        address = parse(options["bind"])
        refuse_open_demo(address)
        with listen(address) as listener:
            address = Address(address.host, listener.getsockname()[1])
            self._migrate()
            for message in missing():
                self._say(f"{message.id}: {message.msg} {message.hint}")
            ready, tell = os.pipe()
            programs = [web(listener.fileno(), tell, address)]
            if options["embedded"] or not settings.CELERY_BROKER_URL:
                programs.append(Program("sender", manage("sender"), base_url(address)))
            if settings.BELLHOP_METRICS_BIND:
                programs.append(Program("metrics", manage("metrics")))
            welcome = [f"Bellhop is running at {address.url}/"]
            if settings.DEMO:
                programs.append(Program("demo feed", manage("demofeed", "--url", address.url)))
                welcome += self._seed(address)
            connections.close_all()
            take_over(programs, "\n".join(welcome), ready, python_path())

    def _migrate(self) -> None:
        self._say("Migrating the database ...")
        try:
            reach_database()
            call_command("migrate", verbosity=0, interactive=False)
        except (OperationalError, psycopg.OperationalError) as error:
            raise CommandError(f"The database does not answer as it should: {error}") from error

    def _seed(self, address: Address) -> list[str]:
        self._say("Preparing the demo team ...")
        login = plant(address.url, timezone.now())
        return [
            f"  Demo login:   {login.email}  password: {login.password}",
            f"  Sandbox chat: {address.url}/sandbox/  (an alert triggers and clears there about every minute)",
            "  Ctrl-C stops everything.",
        ]

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def parse(bind: str) -> Address:
    """HOST:PORT, [HOST]:PORT or PORT."""
    host, _, port = bind.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise CommandError(f"--bind must be HOST:PORT, such as 127.0.0.1:8000; got {bind!r}")
    return Address(host.strip("[]") or "127.0.0.1", int(port))


def refuse_open_demo(address: Address) -> None:
    """The demo's look-alikes answer without login, and its sender may reach this machine: never for others to see."""
    if settings.DEMO and not address.is_loopback:
        raise CommandError(
            f"(demo.E001) The demo may listen on a loopback address only, not on {address.host}.\n"
            "\tHINT: Use --bind 127.0.0.1:8000, or run without BELLHOP_DEMO."
        )


def listen(address: Address) -> socket.socket:
    """Listen here, so that a taken port is said at once and connections wait while the web server restarts."""
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(target)
        listener.listen(BACKLOG)
    except OSError as error:
        raise CommandError(f"Cannot listen on {address.host}:{address.port}: {error.strerror or error}") from error
    return listener


def web(listener: int, ready: int, address: Address) -> Program:
    """The web server on `listener`; it writes a byte to `ready` once it takes requests."""
    command = (sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "--bind", f"fd://{listener}")
    return Program("web", command, {**base_url(address), READY_VARIABLE: str(ready)}, (listener, ready))


def python_path() -> str:
    return os.pathsep.join(filter(None, (str(settings.BASE_DIR), os.environ.get("PYTHONPATH"))))


def manage(*words: str) -> tuple[str, ...]:
    return (sys.executable, str(settings.BASE_DIR / "manage.py"), *words)


def base_url(address: Address) -> dict[str, str]:
    """Links lead to where we listen, unless the operator says where people find us."""
    return {} if os.environ.get("BELLHOP_BASE_URL") else {"BELLHOP_BASE_URL": address.url}
