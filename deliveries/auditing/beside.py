"""Work that waits for others (a mail server, a web server) beside the timers, which nothing may hold up."""

import logging
import threading
from collections.abc import Callable

from django.db import connection

log = logging.getLogger(__name__)

_busy: set[str] = set()
_lock = threading.Lock()


def beside(name: str, work: Callable[[], object]) -> None:
    """Run `work` in a thread of its own, unless the last one of that name still runs: the next turn comes."""
    with _lock:
        if name in _busy:
            return
        _busy.add(name)
    threading.Thread(target=_run, args=(name, work), name=name, daemon=True).start()


def _run(name: str, work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:
        # The last resort: what fails here is tried again at the next turn.
        log.exception("%s failed", name)
    finally:
        connection.close()
        with _lock:
            _busy.discard(name)
