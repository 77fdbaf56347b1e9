"""A sender that dies at an exact place when it is ordered to, and lives again at once.

The first process only loads the code and forks; the fork goes on to be the real `manage.py sender` or Celery worker,
and when it was killed the next one is forked, without the second that loading takes.
"""

import os
import signal
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any

ORDER, DIED = "order", "died"


def open_for(orders: Path) -> None:
    """Return in a child that is to go on; the parent replaces it until one ends by anything but SIGKILL."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    _make_mortal(orders)
    child = 0

    def forward(number: int, frame: FrameType | None) -> None:
        os.kill(child, number)

    while True:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        child = os.fork()
        if not child:
            return
        signal.signal(signal.SIGTERM, forward)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != -signal.SIGKILL:
            os._exit(max(code, 0))


def _make_mortal(orders: Path) -> None:
    """Wrap the places where it may be ordered to die. A name that is gone ends the process, for all to see."""
    from django.db import connection, transaction

    from channels_app.doors import Doors
    from deliveries import sender
    from deliveries.sender import Sender

    def before_claim(claim: Callable[..., Any], *words: Any) -> Any:
        held = claim(*words)  # in a transaction that is not committed yet
        if held and _ordered(orders, "before_claim"):
            _die(orders)
        return held

    def after_claim(start: Callable[..., Any], *words: Any) -> Any:
        if _ordered(orders, "after_claim"):
            assert not connection.in_atomic_block, "a call starts before its dispatch is committed"
            _die(orders)
        return start(*words)

    def before_commit(record: Callable[..., Any], *words: Any, **named: Any) -> Any:
        if not _ordered(orders, "before_commit"):
            return record(*words, **named)
        with transaction.atomic():
            record(*words, **named)
            _die(orders)
        return None

    _wrap(sender, "claim", before_claim)
    _wrap(Doors, "start", after_claim)
    _wrap(Sender, "_record", before_commit)


def _wrap(owner: object, name: str, around: Callable[..., Any]) -> None:
    inner = getattr(owner, name)
    setattr(owner, name, wraps(inner)(lambda *words, **named: around(inner, *words, **named)))


def _ordered(orders: Path, place: str) -> bool:
    try:
        return (orders / ORDER).read_text() == place
    except FileNotFoundError:
        return False


def _die(orders: Path) -> None:
    """Once for each order."""
    (orders / ORDER).replace(orders / DIED)
    os.kill(os.getpid(), signal.SIGKILL)
