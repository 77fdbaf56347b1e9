"""Bellhop scaled out: a house that sends nothing itself, Celery workers and beat, and a broker behind a relay."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

import kombu

from tests.promises.conftest import POSTGRES
from tests.servers.databases import ROOT, postgres_database
from tests.servers.house import START_SECONDS, House, wait_for
from tests.servers.relay import Relay

BROKERS = {name: os.environ.get(f"BELLHOP_TEST_{name.upper()}", "") for name in ("redis", "rabbitmq")}


class Worker:
    """A Celery process of `house`, told from others by `name`; what it says goes to a file of its own."""

    def __init__(self, house: House, name: str, *words: str) -> None:
        command = [sys.executable, "-m", "celery", "-A", "config.celery", *words, "--loglevel", "info"]
        self._log = house.log.with_name(f"{name}.log")
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=house.env, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )

    def said(self) -> str:
        return self._log.read_text()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=START_SECONDS)


class Estate:
    """Runs while entered as a context: two web processes, two workers and beat, on `broker` and PostgreSQL.

    Without a PostgreSQL server named for the tests, on SQLite.
    """

    def __init__(self, broker: str, folder: Path) -> None:
        self._broker, self._folder = broker, folder
        self._stack = ExitStack()
        self.workers: list[Worker] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _start(self) -> None:
        self.relay = self._stack.enter_context(Relay(urlsplit(self._broker).port or 0))
        url = _through(self._broker, self.relay.port)
        queue = self._stack.enter_context(own_queue(self._broker))
        env = {"CELERY_BROKER_URL": url, "BELLHOP_QUEUE": queue, "LOG_LEVEL": "INFO", "WEB_CONCURRENCY": "2"}
        if POSTGRES:
            env["DATABASE_URL"] = self._stack.enter_context(postgres_database(POSTGRES))
        self.house = self._stack.enter_context(House(self._folder / "data", **env))
        self.beat = self.start_beat()
        for _ in range(2):
            self.add_worker()
        wait_for(lambda: all("ready." in worker.said() for worker in self.workers), START_SECONDS, "the workers")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:  # who is stopped cannot end
            worker.process.send_signal(signal.SIGCONT)
        self._stack.close()

    def add_worker(self) -> Worker:
        name = f"worker{len(self.workers)}"
        worker = Worker(self.house, name, "worker", "--hostname", f"{name}-{uuid4().hex[:6]}@%h")
        self._stack.callback(worker.end)
        self.workers.append(worker)
        return worker

    def start_beat(self) -> Worker:
        beat = Worker(self.house, f"beat-{uuid4().hex[:6]}", "beat", "--schedule", str(self._folder / "beat"))
        self._stack.callback(beat.end)
        return beat

    def tasks(self) -> int:
        """How many tasks the workers took so far."""
        return sum(worker.said().count("received") for worker in self.workers)


@contextmanager
def own_queue(broker: str) -> Iterator[str]:
    """The name of a queue that nobody else uses, removed from the broker afterwards."""
    name = f"bellhop-{uuid4().hex[:8]}"
    try:
        yield name
    finally:
        with kombu.Connection(broker) as connection:
            channel: Any = connection.default_channel
            channel.queue_delete(name)


def _through(broker: str, port: int) -> str:
    parts = urlsplit(broker)
    return parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}".lstrip("@")).geturl()
