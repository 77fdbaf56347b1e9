"""What happens in the week: values of every test, acknowledgements, mutes and maintenance. Decided by one seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 23, tzinfo=UTC)  # a Monday; on its Sunday Europe sets its clocks forward
STEP = timedelta(minutes=5)
STEPS = 7 * 24 * 12
MINUTE = timedelta(minutes=1)
VALUES = {"minor": 15.0, "major": 25.0, "critical": 35.0}
RANKS = {"minor": 2, "major": 3, "critical": 4}
TESTS = [f"t{n}" for n in range(6)]
ALL = "all"  # the room that the team uses by default

OFFICE = {
    "time_zone": "Europe/Berlin",
    "critical_passes": True,
    "days": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sun")},
}


@dataclass(frozen=True)
class Policy:
    """A rule with the room of its own; `room` are the fields of that integration."""

    name: str
    rule: dict[str, Any] = field(default_factory=dict)
    room: dict[str, Any] = field(default_factory=dict)
    steps: dict[int, str] = field(default_factory=dict)  # minutes -> the room that is told too


POLICIES = (
    Policy("plain"),
    Policy("severe", room={"minimum_severity": "major"}),
    Policy("office", rule={"hours": OFFICE, "only_these": True}),
    Policy("spaced", rule={"least_gap_minutes": 30}),
    Policy(
        "nagging",
        rule={"remind_minutes": 60},
        room={"events": ["triggered", "severity_changed", "reminded", "acknowledged", "cleared"]},
    ),
    Policy("urgent", rule={"notify_on_clear": False}, steps={30: "boss", 90: "chief"}),
    Policy("brief", room={"events": ["triggered"]}),
    Policy("shadow", rule={"shadow": True}),
)


def at(step: int) -> datetime:
    return START + step * STEP


def step_of(day: int, hour: float) -> int:
    """The step at `hour` UTC of the week's `day`, Monday being 0."""
    return round((day * 24 + hour) * 12)


# (begin, end, the rule or the test that is muted, None for everything)
MUTES = (
    (step_of(1, 10), step_of(1, 14), "plain"),
    (step_of(2, 8), step_of(2, 20), "t3"),
    (step_of(4, 2), step_of(4, 3), None),
)
MAINTENANCE = {
    "t1": [(step_of(3, 12), step_of(3, 15))],
    "t2": [(step_of(day, 1), step_of(day, 2)) for day in range(7)],
    "t4": [(step_of(day, 1), step_of(day, 2)) for day in range(7)],
}


@dataclass(frozen=True)
class Episode:
    """A rule's metric is bad on a test in [begin, end), of a severity that may rise; somebody may acknowledge."""

    rule: str
    test: str
    begin: int
    end: int
    severity: str
    rises_at: int | None
    acknowledged_at: int | None

    def severity_at(self, step: int) -> str:
        return "critical" if self.rises_at is not None and step >= self.rises_at else self.severity


def episodes(seed: int, many: int) -> list[Episode]:
    """`many` of them, those of one rule on one test apart from each other, all over before the week is."""
    chance = random.Random(seed)
    pairs = [(policy.name, test) for policy in POLICIES for test in TESTS]
    each, more = divmod(many, len(pairs))
    found = []
    for number, pair in enumerate(pairs):
        found += list(_of_pair(chance, *pair, each + (number < more)))
    return found


def _of_pair(chance: random.Random, rule: str, test: str, count: int) -> Iterator[Episode]:
    slot = (STEPS - 24) // count
    for number in range(count):
        begin = number * slot + chance.randrange(slot // 2)
        length = chance.choice([1, 2, 3, 6, 9, 14, slot // 2 - 2])
        severity = chance.choice(["minor", "minor", "major", "critical"])
        rises = begin + chance.randrange(1, length) if length > 2 and chance.random() < 0.3 else None
        taken = begin + chance.randrange(1, length) if length > 1 and chance.random() < 0.25 else None
        rising = rises if severity != "critical" and rises != taken else None
        yield Episode(rule, test, begin, begin + length, severity, rising, taken)
