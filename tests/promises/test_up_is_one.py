"""`manage.py up` lives and dies as one: web, sender and timers in one process group."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENT
from tests.servers.databases import ROOT
from tests.servers.house import START_SECONDS, House, NewHouse, family, runs, wait_for
from tools.memory import pss_mib

pytestmark = pytest.mark.promise


@pytest.fixture
def house(tmp_path: Path) -> House:
    return NewHouse(tmp_path / "data")


def all_of(house: House) -> list[int]:
    """`up` itself, the web server with its workers, and the sender."""
    assert house.up is not None
    pid = house.up.pid
    return wait_for(lambda: found if len(found := family(pid)) >= 5 else [], what="web, its workers and sender")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_ends_all_of_it(house: House, number: signal.Signals) -> None:
    with house:
        pids = all_of(house)
        assert house.up is not None

        house.up.send_signal(number)

        assert house.up.wait(timeout=PATIENT) == 0
    wait_for(lambda: not [pid for pid in pids if runs(pid)], what="the end of all of it")
    assert house.said().rstrip().endswith("Bellhop has stopped.")


def test_children_share_a_process_group(house: House) -> None:
    with house:
        pids = all_of(house)
        assert len({os.getpgid(pid) for pid in pids[1:]}) == 1


def test_killing_the_parent_ends_the_children(house: House) -> None:
    with house:
        pids = all_of(house)
        assert house.up is not None

        house.up.kill()

        wait_for(lambda: not [pid for pid in pids[1:] if runs(pid)], what="the end of all children")


def test_a_killed_sender_and_a_killed_web_server_come_back(house: House) -> None:
    with house:
        pids = all_of(house)
        assert house.up is not None
        children = Path(f"/proc/{house.up.pid}/task/{house.up.pid}/children")
        before = children.read_text().split()

        for pid in before:
            os.kill(int(pid), signal.SIGKILL)

        wait_for(lambda: len(set(children.read_text().split()) - set(before)) == 2, what="new children")
        assert wait_for(lambda: house.page("/healthz").ok)
        assert not set(all_of(house)[1:]) & set(pids)


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = up(tmp_path, "--bind", f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == 1
    assert "Cannot listen on 127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.7"])
def test_the_demo_refuses_to_listen_for_others(tmp_path: Path, host: str) -> None:
    done = up(tmp_path, "--bind", f"{host}:0", BELLHOP_DEMO="1")
    assert done.returncode == 1
    assert "demo.E001" in done.stderr


@pytest.mark.parametrize("bind", ["nonsense", "127.0.0.1:http", "127.0.0.1:99999"])
def test_a_bad_bind_is_explained(tmp_path: Path, bind: str) -> None:
    done = up(tmp_path, "--bind", bind)
    assert done.returncode == 1
    assert "--bind must be HOST:PORT" in done.stderr


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    done = up(tmp_path, "--bind", "127.0.0.1:0", DATABASE_URL="postgresql://bellhop:secretword@127.0.0.1:9/bellhop")
    assert done.returncode == 1
    assert "The database does not answer" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secretword" not in done.stderr


def up(tmp_path: Path, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "manage.py"), "up", *words]
    env = {"PATH": os.environ["PATH"], "BELLHOP_DATA_DIR": str(tmp_path / "data"), **env}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=START_SECONDS, check=False)


def test_an_idle_house_stays_small(house: House) -> None:
    with house:
        pids = all_of(house)
        house.found_team()
        assert house.call("GET", "/rules/").ok

        assert 30 < pss_mib(pids) <= 250
