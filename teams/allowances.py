"""Amounts that may be taken in a window over all processes together, reserved in blocks from shared storage.

Exactness: never more than the limit. A process reserves blocks of a share of it at most, and only what it needs once a
fifth is left, so that of p processes one may be refused up to p - 1 such shares too early while others hold theirs.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime

from teams import counters
from teams.rates import Rate

NEAR = 5  # with less than this part of the limit left, only what is needed is taken
KEPT = 10_000  # subjects that a process remembers

Add = Callable[[int], int]


@dataclass(slots=True)
class _Block:
    """What this process reserved in a window and did not give out yet; `spent`: shared storage has no more."""

    window: int
    size: int
    left: int = 0
    spent: bool = False


class Allowance:
    """Amounts of one thing for subjects such as teams; a block is at most 1/`share` of the limit.

    Blocks grow from 1, so that what is counted stays close to what was taken, or are whole `at_once`.
    """

    def __init__(self, share: int = 50, *, at_once: bool = False) -> None:
        self._share, self._at_once = share, at_once
        self._blocks: dict[tuple[Hashable, Rate], _Block] = {}
        self._lock = threading.Lock()

    def take(self, subject: Hashable, rate: Rate, amount: int, now: datetime, add: Add) -> bool:
        """Whether `amount` is within the limit, and then it is counted; `add` reserves and says the count so far."""
        limit = rate.limit
        with self._lock:
            block = self._block(subject, rate, counters.window_start(rate.seconds, now))
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
            block.size = 1 if limit - counted < limit // NEAR else max(1, min(2 * size, limit // self._share))
        return mine >= amount

    def forget(self) -> None:
        self._blocks.clear()

    def _block(self, subject: Hashable, rate: Rate, window: int) -> _Block:
        block = self._blocks.get((subject, rate))
        if block is None or block.window != window:
            if len(self._blocks) >= KEPT:
                self._blocks.clear()
            first = max(1, rate.limit // self._share) if self._at_once else 1
            block = self._blocks[subject, rate] = _Block(window, first)
        return block


class CallLimit:
    """At most `rate.limit` calls a key and window, for what happens too often to be written each time."""

    def __init__(self) -> None:
        self._allowance = Allowance(share=100, at_once=True)

    def take(self, key: str, rate: Rate, now: datetime) -> bool:
        """Count once under `key`; whether that was still within the limit."""
        return self._allowance.take(key, rate, 1, now, lambda size: counters.count(key, rate.seconds, now, size))
