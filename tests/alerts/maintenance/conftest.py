from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.models import AlertEvent, MaintenanceWindow
from alerts.services import maintenance
from teams.access import Actor

Plan = Callable[..., MaintenanceWindow]


@pytest.fixture
def at(now: datetime) -> Callable[[float], datetime]:
    return lambda minutes: now + timedelta(minutes=minutes)


@pytest.fixture
def plan(member: Actor, now: datetime, at: Any) -> Plan:
    """`plan(10, 20)`: a window of all tests from minute 10 after NOW to minute 20, made at NOW."""

    def plan(begin: float, end: float, made: float = 0, **fields: Any) -> MaintenanceWindow:
        times = {"starts_at": at(begin), "minutes": round(end - begin)}
        whom = {} if fields.keys() & {"tests", "selector"} else {"everything": True}
        return maintenance.create_window(member, {"name": "Upgrade", **times, **whom, **fields}, at(made))

    return plan


def events() -> list[tuple[int, str, str]]:
    rows = AlertEvent.objects.order_by("id").values_list("alert__number", "type", "severity")
    return [(number, kind, severity) for number, kind, severity in rows]
