"""A limit over all processes, for what happens too often to write each time: counted in blocks, from shared storage."""

import threading
from dataclasses import dataclass
from datetime import datetime

from teams import counters
from teams.rates import Rate

SHARE = 100  # a block is at most this part of the limit
KEPT = 10_000  # subjects that a process remembers


@dataclass(slots=True)
class Block:
    """What this process reserved in the window that starts at `window` (epoch s) and has not given out yet."""

    window: int
    size: int
    left: int = 0


class BlockLimit:
    """At most `rate.limit` a subject and window, over all processes together: what is given out was counted before.

    Exactness: never more than the limit. A process reserves 1 % of the limit at a time, and one by one once less than
    a tenth is left. What other processes reserved before and did not use is lost with the window, so that one of p
    processes may refuse up to (p - 1) x 1 % of the limit too early.
    """

    def __init__(self) -> None:
        self._blocks: dict[str, Block] = {}
        self._lock = threading.Lock()

    def take(self, key: str, rate: Rate, now: datetime) -> bool:
        """Count once under `key`; whether that was still within the limit."""
        window = counters.window_start(rate.seconds, now)
        with self._lock:
            block = self._block(f"{key}/{rate.limit}/{rate.seconds}", window, rate)
            if block.left:
                block.left -= 1
                return True
            size = block.size
        counted = counters.count(key, rate.seconds, now, size)
        granted = size - max(0, counted - rate.limit)
        with self._lock:
            block.left += max(0, granted - 1)
            block.size = _size(counted, rate)
        return granted > 0

    def _block(self, name: str, window: int, rate: Rate) -> Block:
        block = self._blocks.get(name)
        if block is None or block.window != window:
            if len(self._blocks) >= KEPT:
                self._blocks.clear()
            block = self._blocks[name] = Block(window, _size(0, rate))
        return block


def _size(counted: int, rate: Rate) -> int:
    return 1 if rate.limit - counted < rate.limit // 10 else max(1, rate.limit // SHARE)
