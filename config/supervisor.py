"""Keeps a few programs running as one: one process group, restarted when they die, ended together.

Imports the standard library only, since it lives as long as what it watches.
"""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from types import FrameType
from typing import NoReturn

from config import lifeline

GRACE = 10.0
FIRST_GAP, LONGEST_GAP = 0.5, 30.0
STEADY = 60.0  # who ran this long has its earlier deaths forgiven


@dataclass(frozen=True)
class Program:
    """What to run. `env` is added to the environment, `fds` are inherited beside the standard streams."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    fds: tuple[int, ...] = ()


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    deaths: int = 0


def take_over(programs: Sequence[Program], welcome: str, ready: int, path: str) -> NoReturn:
    """Replace this process, with all that it has loaded, by one that only supervises; `path` is where `config` lies.

    `welcome` is said once a byte comes from the descriptor `ready`.
    """
    plan, write = os.pipe()
    with os.fdopen(write, "w") as file:  # not the command line, which others can read
        json.dump({"programs": [asdict(program) for program in programs], "welcome": welcome, "ready": ready}, file)
    for descriptor in {plan, ready, *(fd for program in programs for fd in program.fds)}:
        os.set_inheritable(descriptor, True)
    environment = {**os.environ, "PYTHONPATH": path}
    os.execve(sys.executable, [sys.executable, "-m", "config.supervisor", str(plan)], environment)  # noqa: S606


def main(plan: int) -> None:
    """Supervise what `take_over` wrote into the pipe `plan`."""
    with os.fdopen(plan) as file:
        told = json.load(file)
    programs = [
        Program(each["name"], tuple(each["command"]), each["env"], tuple(each["fds"])) for each in told["programs"]
    ]
    threading.Thread(target=_welcome, args=(told["ready"], told["welcome"]), daemon=True).start()
    Supervisor(programs, _say).run()
    _say("Bellhop has stopped.")


def _welcome(ready: int, text: str) -> None:
    os.read(ready, 1)
    _say(text)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - to whoever started it


class Supervisor:
    """Runs programs until it is told to end (SIGTERM, SIGINT), or, if it is killed, until they notice the lifeline."""

    def __init__(self, programs: Sequence[Program], say: Callable[[str], None], grace: float = GRACE) -> None:
        self._children = [_Child(program) for program in programs]
        self._say = say
        self._grace = grace
        self._asked = 0
        self._group = 0
        self._lifeline, self._held = os.pipe()

    def run(self) -> None:
        """Return once everything has ended."""
        with self._signals() as woken:
            while not self._asked:
                for child in self._children:
                    self._tend(child)
                self._wait(woken, 1.0)
            self._end(woken)

    @contextmanager
    def _signals(self) -> Iterator[int]:
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        before = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        handlers = {
            number: signal.signal(number, handler)
            for number, handler in (
                (signal.SIGTERM, self._ask),
                (signal.SIGINT, self._ask),
                (signal.SIGHUP, self._ask),
                (signal.SIGCHLD, lambda number, frame: None),
            )
        }
        try:
            yield woken
        finally:
            signal.set_wakeup_fd(before)
            for number, handler in handlers.items():
                signal.signal(number, handler)
            os.close(woken)
            os.close(wake)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1

    def _wait(self, woken: int, longest: float) -> None:
        due = [child.start_at - time.monotonic() for child in self._children if child.process is None]
        if select.select([woken], [], [], max(0.0, min([longest, *due])))[0]:
            os.read(woken, 4096)

    def _tend(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is not None and child.process.poll() is not None:
            self._bury(child, child.process.returncode, now)
        if child.process is None and now >= child.start_at:
            self._start(child, now)

    def _bury(self, child: _Child, status: int, now: float) -> None:
        child.deaths = 1 if now - child.started_at > STEADY else child.deaths + 1
        gap = min(LONGEST_GAP, FIRST_GAP * 2 ** (child.deaths - 1))
        child.process, child.start_at = None, now + gap
        self._say(f"{child.program.name} ended ({_how(status)}); starting it again in {gap:g} s")

    def _start(self, child: _Child, now: float) -> None:
        if not any(other.process for other in self._children):
            self._group = 0
        program = child.program
        child.process = subprocess.Popen(  # noqa: S603 - our own programs
            program.command,
            env={**os.environ, **program.env, lifeline.VARIABLE: str(self._lifeline)},
            pass_fds=(self._lifeline, *program.fds),
            stdin=subprocess.DEVNULL,
            process_group=self._group,
        )
        self._group = self._group or child.process.pid
        child.started_at = now

    def _end(self, woken: int) -> None:
        """TERM to the group, and KILL to it after the grace time or when asked a second time."""
        asked, deadline = self._asked, time.monotonic() + self._grace
        alive = [child.process for child in self._children if child.process]
        self._signal(signal.SIGTERM)
        while [process for process in alive if process.poll() is None]:
            if time.monotonic() > deadline or self._asked > asked:
                self._signal(signal.SIGKILL)
                break
            if select.select([woken], [], [], 0.1)[0]:
                os.read(woken, 4096)
        for process in alive:
            process.wait()
        os.close(self._lifeline)
        os.close(self._held)

    def _signal(self, number: signal.Signals) -> None:
        if self._group:
            try:
                os.killpg(self._group, number)
            except ProcessLookupError:
                return


def _how(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
