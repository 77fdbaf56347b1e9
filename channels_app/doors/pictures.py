"""Pictures within mails: whoever draws them registers here, and the mail door asks, in its own threads.

A mail never waits long for its picture, and goes without one that cannot be made.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from functools import lru_cache

log = logging.getLogger(__name__)

SECONDS = 3.0
KEPT = 64  # the mails of one alert to many recipients show the same picture

Make = Callable[[str], bytes | None]

_makers: list[Make] = []
# Drawing is work for a processor, so pictures are drawn one after the other, however many mails leave at once.
_painter = ThreadPoolExecutor(1, thread_name_prefix="bellhop-pictures")


class _NoPicture(Exception):
    """Nothing to keep: the next mail may ask again."""


def register(make: Make) -> None:
    """Have `make` draw from now on: the PNG of a token, or None where there is nothing to show. Told at start-up."""
    _makers[:] = [make]
    _drawn.cache_clear()


def picture(token: str) -> bytes | None:
    """The PNG of `token`; None where it cannot be made, or not within SECONDS. Never raises."""
    asked: Future[bytes] | None = None
    try:
        asked = _painter.submit(_drawn, token)
        return asked.result(SECONDS)
    except _NoPicture:
        return None
    except TooSlow:
        log.warning("a mail goes without its picture, which was not drawn within %.1f s", SECONDS)
    except Exception as failed:  # noqa: BLE001 - whatever goes wrong with a picture must not stop the mail
        log.warning("a mail goes without its picture (%s)", type(failed).__name__)
    if asked:
        asked.cancel()
    return None


@lru_cache(maxsize=KEPT)
def _drawn(token: str) -> bytes:
    made = _makers[0](token) if _makers else None
    if not made:
        raise _NoPicture
    return made
