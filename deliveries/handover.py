"""What one who takes over must know: what happened since a moment, what is open, who has it, what is broken."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Count, Model, Q, QuerySet

from alerts.models import Alert, AlertEvent, EventType
from alerts.pages.rule_list import rules_of
from alerts.selectors import alerts_of, list_tests
from channels_app.words import SEVERITIES, AlertState
from deliveries.log import UNTOLD_AS_INDEXED
from deliveries.models import Delivery, DeliveryState
from integrations.models import Integration
from integrations.standing import Standing, standings_of
from teams.models import Team

MOST = 20
MOST_NAMES = 10
COUNTED = 1000
# Asked for by state, all states too, since the index of states leads to times.
OPEN = (AlertState.TRIGGERED, AlertState.ACKNOWLEDGED)
LOST = (DeliveryState.REJECTED, DeliveryState.EXPIRED)

Row = TypeVar("Row")
AnyModel = TypeVar("AnyModel", bound=Model)


@dataclass(frozen=True, slots=True)
class Few(Generic[Row]):
    """The first of many: `total` says how many there are, "1000+" where nobody counted on."""

    rows: list[Row]
    total: str

    @property
    def is_cut(self) -> bool:
        """Whether there are more than the rows."""
        return self.total != str(len(self.rows))


@dataclass(frozen=True, slots=True)
class Quiet:
    """Things that tell nothing though one might think so; `below` is the address below the team's that shows them."""

    why: str
    names: Few[str]
    below: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A destination that fails or lost something: `lost` counts what was refused and what expired."""

    integration: Integration
    standing: Standing
    rejected: int
    expired: int


@dataclass(frozen=True, slots=True)
class Handover:
    """`ends` is the cleared event by alert id; `held` are closed by hand while still violated."""

    since: datetime
    now: datetime
    opened: Few[Alert]
    still_open: Few[Alert]
    cleared: Few[Alert]
    ends: dict[int, AlertEvent]
    held: Few[Alert]
    quiet: list[Quiet]
    broken: list[Broken]
    notes: Few[AlertEvent]

    @property
    def nobodys(self) -> int:
        """How many of the open alerts shown nobody has."""
        return sum(not (alert.assigned_to_id or alert.acknowledged_at) for alert in self.still_open.rows)


def handover_of(team: Team, since: datetime, now: datetime) -> Handover:
    """All of it, in a constant number of queries; what is long is cut."""
    alerts = alerts_of(team).order_by("-started_at", "-pk")
    cleared = _few(alerts.filter(cleared_at__gte=since).order_by("-cleared_at", "-pk"))
    held = _few(alerts_of(team).filter(still_violated=True))
    noted = AlertEvent.objects.filter(team=team, type=EventType.NOTED, recorded_at__gte=since)
    return Handover(
        since=since,
        now=now,
        opened=_few(alerts.filter(state__in=list(AlertState), started_at__gte=since)),
        still_open=_most_severe_first(_few(alerts.filter(state__in=OPEN))),
        cleared=cleared,
        ends=_ends([*cleared.rows, *held.rows]),
        held=held,
        quiet=[each for each in _quiet(team) if each.names.rows],
        broken=_broken(team, since, now),
        notes=_few(noted.select_related("alert").order_by("-recorded_at", "-pk")),
    )


def has_it(alert: Alert) -> str:
    """Who has the alert: those it was given to, those who acknowledged it; empty where nobody has."""
    given = f"assigned to {alert.assigned_to}" if alert.assigned_to else ""
    taken = f"acknowledged by {alert.acknowledged_by_text}" if alert.acknowledged_at else ""
    return ", ".join(filter(None, (given, taken)))


def _few(rows: QuerySet[AnyModel], most: int = MOST) -> Few[AnyModel]:
    """Two steps, so that what is searched, sorted and counted are narrow index entries, not the wide rows."""
    ids = list(rows.values_list("pk", flat=True)[: COUNTED + 1])
    found = rows.in_bulk(ids[:most])
    shown = [found[pk] for pk in ids[:most] if pk in found]
    return Few(shown, str(len(ids)) if len(ids) <= COUNTED else f"{COUNTED}+")


def _most_severe_first(alerts: Few[Alert]) -> Few[Alert]:
    ranks: dict[str, int] = {severity: rank for rank, severity in enumerate(SEVERITIES)}
    return Few(sorted(alerts.rows, key=lambda alert: -ranks[alert.severity]), alerts.total)


def _ends(alerts: Iterable[Alert]) -> dict[int, AlertEvent]:
    found = AlertEvent.objects.filter(alert__in=[alert.pk for alert in alerts], type=EventType.CLEARED)
    return {event.alert_id: event for event in found}


def _quiet(team: Team) -> list[Quiet]:
    live = Integration.objects.of(team)
    rules, tests = rules_of(team), list_tests(team)
    return [
        Quiet("Disabled rules", _names(rules.filter(enabled=False)), "rules/"),
        Quiet("Rules that tell nobody", _names(rules_of(team, quiet=True).filter(enabled=True)), "rules/"),
        Quiet("Disabled tests", _names(tests.filter(enabled=False)), "views/"),
        Quiet("Disabled integrations", _names(live.filter(enabled=False)), "integrations/"),
    ]


def _names(rows: QuerySet[AnyModel]) -> Few[str]:
    few = _few(rows.order_by("name", "pk"), MOST_NAMES)
    return Few([str(getattr(each, "name", each)) for each in few.rows], few.total)


def _broken(team: Team, since: datetime, now: datetime) -> list[Broken]:
    lost = _lost(team, since)
    ailing = Q(health__parked_at__isnull=False) | Q(health__consecutive_failures__gt=0) | Q(health__last_test_ok=False)
    found = Integration.objects.filter(ailing & Q(enabled=True) | Q(pk__in=lost), team=team, archived_at=None)
    broken = []
    places = list(found.select_related("health").order_by("name", "pk")[:MOST])
    standings = standings_of(places, now)
    for place in places:
        standing = standings[place.pk]
        if lost[place.pk] or standing.tone in ("bad", "warn"):
            broken.append(Broken(place, standing, *(lost[place.pk].get(state, 0) for state in LOST)))
    return broken


def _lost(team: Team, since: datetime) -> dict[int, dict[str, int]]:
    untold = Delivery.objects.of(team).filter(UNTOLD_AS_INDEXED, state__in=LOST, in_place=False)
    rows = untold.filter(recorded_at__gte=since).order_by()
    lost: dict[int, dict[str, int]] = defaultdict(dict)
    for place, state, count in rows.values_list("integration", "state").annotate(n=Count("pk")):
        lost[place][state] = count
    return lost
