"""The supervisor: restarts what dies, ends everything on a signal, and leaves nothing behind when it is killed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENT
from tests.servers.house import wait_for

ROOT = Path(__file__).resolve().parents[2]
STAYS = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
STAYS = "from config import lifeline; lifeline.end_with_parent(); import time; time.sleep(600)"
HOUSE = """
    import sys
    from config.supervisor import Program, Supervisor

    def say(text):
        print(text, flush=True)

    programs = [Program(f"p{n}", (sys.executable, "-c", code)) for n, code in enumerate(sys.argv[2:])]
    Supervisor(programs, say, grace=float(sys.argv[1])).run()
    say("done")
"""


@pytest.fixture
def start() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []

    def start(*codes: str, grace: float = 5) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", textwrap.dedent(HOUSE), str(grace), *codes]
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def children(process: "subprocess.Popen[str]", count: int) -> list[int]:
    """The pids of its children, once there are `count`."""
    deadline = time.monotonic() + PATIENT
    while time.monotonic() < deadline:
        text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        if len(text.split()) == count:
            return [int(pid) for pid in text.split()]
        time.sleep(0.02)
    raise AssertionError(f"not {count} children: {text!r}")


def share_a_group(pids: list[int]) -> bool:
    """Whether they all join one process group; a child appears a moment before it joins."""
    deadline = time.monotonic() + PATIENT
    while len({os.getpgid(pid) for pid in pids}) > 1:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def gone(pid: int, within: float = PATIENT) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_children_share_one_process_group(start: Callable[..., "subprocess.Popen[str]"]) -> None:
    house = start(STAYS, STAYS)

    pids = children(house, 2)

    assert share_a_group(pids)
    assert os.getpgid(pids[0]) != os.getpgid(house.pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all(start: Callable[..., "subprocess.Popen[str]"], number: signal.Signals) -> None:
    house = start(STAYS, STAYS)
    pids = children(house, 2)

    house.send_signal(number)

    assert house.wait(timeout=PATIENT) == 0
    assert all(gone(pid) for pid in pids)


def test_who_ignores_the_signal_is_killed_after_the_grace_time(
    start: Callable[..., "subprocess.Popen[str]"],
) -> None:
    house = start(STUBBORN, STAYS, grace=0.5)
    assert house.stdout is not None
    assert house.stdout.readline() == "deaf\n"
    pids = children(house, 2)

    house.terminate()

    assert house.wait(timeout=PATIENT) == 0
    assert all(gone(pid) for pid in pids)


def test_who_dies_is_started_again(start: Callable[..., "subprocess.Popen[str]"]) -> None:
    house = start(STAYS, STAYS)
    first, second = children(house, 2)

    os.kill(first, signal.SIGKILL)

    assert house.stdout is not None
    assert house.stdout.readline() == "p0 ended (signal SIGKILL); starting it again in 0.5 s\n"
    assert gone(first)
    fresh = children(house, 2)  # the dead one is buried before it is told of
    assert first not in fresh
    assert second in fresh
    assert share_a_group(fresh)


def test_who_keeps_dying_waits_longer_each_time(start: Callable[..., "subprocess.Popen[str]"]) -> None:
    house = start("raise SystemExit(3)")
    assert house.stdout is not None

    said = [house.stdout.readline() for _ in range(3)]

    assert said == [f"p0 ended (status 3); starting it again in {gap} s\n" for gap in ("0.5", "1", "2")]


def test_no_child_outlives_a_killed_parent(start: Callable[..., "subprocess.Popen[str]"]) -> None:
    house = start(STAYS, STAYS)
    pids = children(house, 2)
    wait_for(lambda: all(len(os.listdir(f"/proc/{pid}/task")) > 1 for pid in pids), PATIENT, "the lifelines' threads")

    house.kill()

    assert all(gone(pid) for pid in pids)
