"""A wall clock that hurries: `make hurried` finds the tests that count on its standing still while they run.

Every now and then the clock leaps, as where the machine stalls. Each test begins now, or just before the time that
`--begins` gives, so that a minute, a day or a year ends within it. The monotonic clock is as ever.
"""

import random
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from datetime import datetime

import pytest
import time_machine

TURN = 0.02  # seconds
LEAPS = 0.2  # of all turns
LEAD = 0.1  # seconds before what --begins gives, at most


class Clock:
    """The clock of all tests of a process, `rate` times as fast as time in the mean."""

    def __init__(self, begins: str | None, rate: float) -> None:
        self.begins, self.rate = begins, rate
        self.away = time.time() - time.monotonic()
        self.traveller = time_machine.travel(self.start(), tick=True).start()
        threading.Thread(target=self.leap, daemon=True).start()

    def start(self) -> float:
        """The time at which a test begins, in seconds since 1970."""
        if self.begins is None:
            return self.away + time.monotonic()
        return datetime.fromisoformat(self.begins).timestamp() - LEAD * random.random()

    def leap(self) -> None:
        while True:
            time.sleep(TURN)
            if random.random() < LEAPS:
                with suppress(RuntimeError):  # a test has just stopped it
                    self.traveller.shift(2 * random.random() * self.rate * TURN / LEAPS)

    def begin_test(self) -> None:
        self.traveller.move_to(self.start(), tick=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--begins", help="when each test begins: an ISO time with its offset (else now)")
    parser.addoption("--hurry", type=float, default=40.0, help="how many times as fast as time the clock runs")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CLOCK] = Clock(config.getoption("begins"), config.getoption("hurry"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Set the clock anew for each test."""
    item.config.stash[CLOCK].begin_test()
    return (yield)


CLOCK = pytest.StashKey[Clock]()
