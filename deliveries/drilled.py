"""Fire drills as pages tell them: what came of the last one, by destination, and which rules' routes are in doubt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from alerts.models import AlertRule, EventType
from alerts.pages.rule_flags import Flag
from deliveries import drilling
from deliveries.drilling import Result
from deliveries.entries import Tone
from deliveries.models import Drill
from teams.values import stamp

TONES: dict[bool | None, Tone] = {True: "good", False: "bad", None: "waiting"}
FAILED, OVERDUE = "fire drill failed", "fire drill overdue"


@dataclass(frozen=True, slots=True)
class Place:
    """What a destination was told of a drill; None where nothing was decided of the event yet."""

    whom: str
    trigger: Result | None
    clear: Result | None


@dataclass(frozen=True, slots=True)
class Drilled:
    """The last drill of a rule, None where it had none, and `trouble`: why its route is in doubt, in a sentence.

    `places` is empty when the drill is so old that its alert is gone.
    """

    drill: Drill | None
    places: list[Place]
    trouble: str
    stamp: str

    @property
    def under_way(self) -> bool:
        """Whether it is not over yet."""
        return self.drill is not None and self.drill.finished_at is None

    @property
    def tone(self) -> Tone:
        return TONES[self.drill.ok] if self.drill else "off"


def last_drill(rule: AlertRule, now: datetime, zone: tzinfo) -> Drilled:
    """What came of the rule's last drill; times are said in `zone`."""
    drill = drilling.latest_of([rule]).get(rule.pk)
    found = drilling.results(drill, zone) if drill else []
    trouble = drilling.trouble_with(rule, drill, now)
    known = (drill.pk, drill.finished_at, drill.ok) if drill else ()
    return Drilled(drill, _by_place(found), trouble, stamp(known, found, trouble, rule.enabled))


def doubts(rules: Sequence[AlertRule], now: datetime) -> dict[int, Flag]:
    """The rules whose last drill failed or is overdue; one query."""
    last = drilling.latest_of(rules)
    troubles = {rule.pk: drilling.trouble_with(rule, last.get(rule.pk), now) for rule in rules}
    return {pk: Flag(_in_short(last.get(pk)), trouble) for pk, trouble in troubles.items() if trouble}


def _in_short(last: Drill | None) -> str:
    return FAILED if last is not None and last.ok is False else OVERDUE


def _by_place(results: Sequence[Result]) -> list[Place]:
    whom = dict.fromkeys(each.whom for each in results)
    told = {(each.whom, each.event): each for each in results}
    return [Place(name, told.get((name, EventType.TRIGGERED)), told.get((name, EventType.CLEARED))) for name in whom]
