"""What something costs, told so that a slow, busy or stalling machine changes nothing of it."""

import sys
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

TURNS = 3


class Work:
    """While it is entered, `calls` counts the functions that this thread calls: as many on any machine."""

    def __init__(self) -> None:
        self.calls = 0

    def __enter__(self) -> Self:
        sys.setprofile(self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, given: Any) -> None:
        if event in ("call", "c_call"):
            self.calls += 1


def least_seconds(work: Callable[[], object]) -> float:
    """Seconds of the processor that this thread spent in the cheapest of a few turns: the others bear the bad luck."""

    def turn() -> float:
        began = time.thread_time()
        work()
        return time.thread_time() - began

    return min(turn() for _ in range(TURNS))
