"""What the HTTP door knows of one address: the calls there, those that wait, and whether it answers at all."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from channels_app.contract import HttpCall, Reply

STUCK = 2.0  # seconds without any answer
FORGOTTEN = 60.0

Waiting = tuple[HttpCall, Callable[[Reply], None]]


@dataclass(slots=True)
class Place:
    """`answered_at` is the last answer, or the first call where none came yet; `ended_at` the last end of a call."""

    running: int = 0
    waiting: deque[Waiting] = field(default_factory=deque)
    answered_at: float = field(default_factory=time.monotonic)
    ended_at: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """A call starts. What the place did a minute ago says nothing about it any more."""
        if not self.running and (now := time.monotonic()) - self.ended_at > FORGOTTEN:
            self.answered_at = now
        self.running += 1

    def end(self, answered: bool) -> None:
        """A call came to its end."""
        self.running -= 1
        self.ended_at = time.monotonic()
        if answered:
            self.answered_at = self.ended_at

    @property
    def is_stuck(self) -> bool:
        """Whether nobody was answered there for a while."""
        return time.monotonic() - self.answered_at > STUCK

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing left to know of it."""
        return not self.running and not self.is_stuck
