"""The same code as separate processes: a web server that sends nothing itself, and Celery workers behind a broker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.promises.conftest import POSTGRES
from tests.servers.house import ROOT, House, family, postgres_database
from tests.servers.http import Receiver

pytestmark = pytest.mark.promise
BROKERS = {name: os.environ.get(f"BELLHOP_TEST_{name.upper()}", "") for name in ("redis", "rabbitmq")}


NO_BROKER = pytest.mark.skip(reason="neither BELLHOP_TEST_REDIS nor BELLHOP_TEST_RABBITMQ names a broker")
PRESENT = [pytest.param(name) for name, url in BROKERS.items() if url]


@pytest.fixture(params=PRESENT or [pytest.param("", marks=NO_BROKER)])
def scaled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        env = {"CELERY_BROKER_URL": BROKERS[request.param]}
        if POSTGRES:
            env["DATABASE_URL"] = stack.enter_context(postgres_database(POSTGRES))
        house = stack.enter_context(House(tmp_path / "data", **env))
        stack.enter_context(celery(house, "worker", "--pool", "threads", "--concurrency", "2"))
        stack.enter_context(celery(house, "beat", "--schedule", str(tmp_path / "beat")))
        yield house


@contextmanager
def celery(house: House, *words: str) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "config.celery", *words, "--loglevel", "warning"]
    log = house.log.with_name(f"{words[0]}.log")
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=house.env, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_a_worker_sends_what_the_web_server_took(scaled: House) -> None:
    with Receiver() as room:
        scaled.found_team()
        scaled.post("/tests/", {"slug": "web", "name": "Web"})
        config = {"url": f"{room.url}/services/T0/B0/x"}
        place = scaled.post("/integrations/", {"kind": "slack", "name": "ops", "config": config})["id"]
        conditions = [{"metric": "load", "operator": ">", "threshold": 5}]
        scaled.post("/rules/", {"name": "r", "conditions": conditions, "tests": ["web"], "integrations": [place]})
        point = {"test": "web", "metric": "load", "source": "a", "observed_at": datetime.now(UTC).isoformat()}

        scaled.post("/measurements/", {"measurements": [{**point, "value": 9}]})

        assert b"#1" in room.wait_for(1, 30)[0].body


def test_up_runs_no_sender_of_its_own(scaled: House) -> None:
    assert scaled.up is not None
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in family(scaled.up.pid)]
    assert not [words for words in commands if b"sender" in words]
