"""How often the real services let one post."""

import math
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from demo.models import SandboxApp, SandboxRoom, SandboxToken

SLACK_BURST = 4


@dataclass(frozen=True, slots=True)
class Window:
    """What HipChat says of a limit: how many, how many more until `reset` (epoch s), and whether this one is taken."""

    allowed: bool
    limit: int
    remaining: int
    reset: int


@transaction.atomic
def slack_wait(room: SandboxRoom, now: float) -> int:
    """0 if one more message is taken now, else the whole seconds to wait: one a second, after a short burst."""
    room = SandboxRoom.objects.select_for_update().get(pk=room.pk)
    ahead = max(room.free_at, now) - now
    if ahead > SLACK_BURST - 1:
        return math.ceil(ahead - (SLACK_BURST - 1))
    SandboxRoom.objects.filter(pk=room.pk).update(free_at=now + ahead + 1)
    return 0


def flood_control(room: SandboxRoom, now: float) -> Window:
    """Counts one message: thirty a minute and room."""
    return _count(SandboxRoom.objects.filter(pk=room.pk), 30, 60, now)


def rate_limit(token: SandboxToken, now: float) -> Window:
    """Counts one call: five hundred in five minutes and token."""
    return _count(SandboxToken.objects.filter(pk=token.pk), 500, 300, now)


def update_limit(app: SandboxApp, now: float) -> Window:
    """Counts one edit: fifty a minute and app, which is the third of Slack's tiers."""
    return _count(SandboxApp.objects.filter(pk=app.pk), 50, 60, now)


@transaction.atomic
def _count(row: QuerySet[Any], limit: int, seconds: int, now: float) -> Window:
    counted = row.select_for_update().get()
    start = int(now) // seconds * seconds
    taken = counted.taken if counted.window == start else 0
    if taken >= limit:
        return Window(allowed=False, limit=limit, remaining=0, reset=start + seconds)
    row.update(window=start, taken=taken + 1)
    return Window(allowed=True, limit=limit, remaining=limit - taken - 1, reset=start + seconds)
