"""Amounts that may be taken in a window over all processes together, reserved in blocks from shared storage.

Exactness: never more than the limit. A process reserves blocks of up to 2 % of it, and only what it needs once a fifth
is left, so that of p processes one may be refused up to (p - 1) x 2 % of the limit too early while others hold theirs.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from teams import counters

SHARE = 50  # a block is at most this part of the limit
NEAR = 5  # with less than this part of the limit left, only what is needed is taken
KEPT = 10_000  # subjects that a process remembers

Add = Callable[[int], int]


@dataclass(slots=True)
class _Block:
    """What this process reserved in a window and did not give out yet; `spent`: shared storage has no more."""

    window: int
    left: int = 0
    size: int = 1
    spent: bool = False


class Allowance:
    """Amounts of one thing, in windows of `seconds`, for subjects such as teams."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._blocks: dict[tuple[int, int], _Block] = {}
        self._lock = threading.Lock()

    def take(self, subject: int, limit: int, amount: int, now: datetime, add: Add) -> bool:
        """Whether `amount` is within the limit, and then it is counted; `add` reserves and says the count so far."""
        with self._lock:
            block = self._block(subject, limit, counters.window_start(self.seconds, now))
            if block.left >= amount:
                block.left -= amount
                return True
            if block.spent:
                return False
            mine, block.left = block.left, 0
            size = max(amount - mine, block.size)
        counted = add(size)
        mine += max(0, size - max(0, counted - limit))
        with self._lock:
            block.left += mine - amount if mine >= amount else mine
            block.spent = counted >= limit
            block.size = 1 if limit - counted < limit // NEAR else max(1, min(2 * size, limit // SHARE))
        return mine >= amount

    def forget(self) -> None:
        self._blocks.clear()

    def _block(self, subject: int, limit: int, window: int) -> _Block:
        block = self._blocks.get((subject, limit))
        if block is None or block.window != window:
            if len(self._blocks) >= KEPT:
                self._blocks.clear()
            block = self._blocks[subject, limit] = _Block(window)
        return block
