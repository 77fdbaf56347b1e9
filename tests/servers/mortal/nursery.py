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
        if held and ordered(orders, "before_claim"):
            die(orders)
        return held

    def after_claim(start: Callable[..., Any], *words: Any) -> Any:
        if ordered(orders, "after_claim"):
            assert not connection.in_atomic_block, "a call starts before its dispatch is committed"
            die(orders)
        return start(*words)

    def before_commit(record: Callable[..., Any], *words: Any, **named: Any) -> Any:
        if not ordered(orders, "before_commit"):
            return record(*words, **named)
        with transaction.atomic():
            record(*words, **named)
            die(orders)
        return None

    wrap(sender, "claim", before_claim)
    wrap(Doors, "start", after_claim)
    wrap(Sender, "_record", before_commit)


def wrap(owner: object, name: str, around: Callable[..., Any]) -> None:
    """Have `around` called with what `name` was, and what that is called with. A name that is gone is an error."""
    inner = getattr(owner, name)
    setattr(owner, name, wraps(inner)(lambda *words, **named: around(inner, *words, **named)))


def ordered(orders: Path, place: str) -> bool:
    """Whether to die there was the last order."""
    try:
        return (orders / ORDER).read_text() == place
    except FileNotFoundError:
        return False


def die(orders: Path) -> None:
    """Once for each order."""
    (orders / ORDER).replace(orders / DIED)
    os.kill(os.getpid(), signal.SIGKILL)
