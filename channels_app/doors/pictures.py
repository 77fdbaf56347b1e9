"""Pictures within mails: whoever draws them registers here, and the mail door asks, in its own threads.

A mail never waits long for its picture, and goes without one that cannot be made.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from functools import lru_cache

log = logging.getLogger(__name__)

SECONDS = 3.0
KEPT = 64  # the mails of one alert to many recipients show the same picture
RESTS = 3.0  # times as long as it drew: meanwhile the sender, which has the same processor, goes at its own pace

Make = Callable[[str], bytes | None]


class _NoPicture(Exception):
    """Nothing to keep: the next mail may ask again."""


class Painter:
    """Draws by `make`, one picture after the other, in a thread of its own, and keeps the latest."""

    def __init__(self, make: Make, rests: float = RESTS) -> None:
        self._make = make
        self._rests = rests
        self._rested_at = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bellhop-pictures")
        self._kept = lru_cache(maxsize=KEPT)(self._drawn)

    def picture(self, token: str) -> bytes | None:
        """The PNG of `token`; None where it cannot be made, or not within SECONDS. Never raises."""
        asked = self._thread.submit(self._kept, token)
        try:
            return asked.result(SECONDS)
        except _NoPicture:
            return None
        except TooSlow:
            asked.cancel()
            log.warning("a mail goes without its picture, which was not drawn within %.1f s", SECONDS)
        except Exception as failed:  # noqa: BLE001 - whatever goes wrong with a picture must not stop the mail
            log.warning("a mail goes without its picture (%s)", type(failed).__name__)
        return None

    def _drawn(self, token: str) -> bytes:
        time.sleep(max(0.0, self._rested_at - time.monotonic()))
        began = time.monotonic()
        made = self._make(token)
        self._rested_at = time.monotonic() + self._rests * (time.monotonic() - began)
        if not made:
            raise _NoPicture
        return made


def _nothing(token: str) -> None:
    return None


_painters = [Painter(_nothing)]


def register(make: Make) -> None:
    """Have `make` draw from now on: the PNG of a token, or None where there is nothing to show. Told at start-up."""
    _painters[:] = [Painter(make)]


def picture(token: str) -> bytes | None:
    """The PNG of `token`; None where there is none to be had soon enough. Never raises."""
    return _painters[0].picture(token)
