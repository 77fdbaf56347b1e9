"""Serves /metrics by itself, as its own process."""

import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import lifeline
from config.management.commands.up import parse
from config.metrics_server import server


class Command(BaseCommand):
    help = "Serves /metrics on BELLHOP_METRICS_BIND until SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        bind = settings.BELLHOP_METRICS_BIND or "127.0.0.1:9100"
        parser.add_argument("--bind", default=bind, metavar="HOST:PORT", help="where to listen")

    def handle(self, *args: Any, **options: Any) -> None:
        address = parse(options["bind"])
        try:
            serving = server(address.host, address.port)
        except OSError as error:
            raise CommandError(f"Cannot listen on {options['bind']}: {error.strerror or error}") from error

        def end(number: int, frame: FrameType | None) -> None:
            threading.Thread(target=serving.shutdown).start()  # it waits for the loop, which this interrupts

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        lifeline.end_with_parent()
        with serving:
            serving.serve_forever()
