"""The delivery log, a page at a time; quick however long the log is."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from deliveries.models import OPEN_STATES, Delivery, DeliveryState
from deliveries.selectors import as_listed, deliveries_about, with_resends
from integrations.models import Integration
from teams.models import Team
from teams.paging import behind

SIZE = 50
REACH = 20_000
UNTOLD = (DeliveryState.REJECTED, DeliveryState.SUPPRESSED, DeliveryState.SUPERSEDED, DeliveryState.EXPIRED)


def _literally(condition: str) -> RawSQL:
    """A condition as a partial index spells it: SQLite proves no more than that."""
    return RawSQL(condition, [], output_field=BooleanField())  # noqa: S611


_OPEN = _literally("deliveries_delivery.state IN ('pending', 'sending')")
UNTOLD_AS_INDEXED = _literally("deliveries_delivery.state IN ('rejected', 'suppressed', 'superseded', 'expired')")
_SAYS_WHY = _literally("NOT (deliveries_delivery.reason = '')")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the log is narrowed to. `alert` is a number, `integration` an id; times are of the recording."""

    alert: int | None = None
    integration: int | None = None
    state: str = ""
    reason: str = ""
    event: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_far(self) -> bool:
        """Whether no index finds what is asked for, so that a page may have to be searched for."""
        asked = [self.integration, self.state, self.reason, self.event]
        return self.alert is None and (bool(self.event) or sum(map(bool, asked)) > 1)


@dataclass(frozen=True, slots=True)
class Page:
    """Deliveries, newest first. `older` is the id that the next page goes on below, None at the end.

    `searched_to` is set where the search stopped before the page was full: how far back it came.
    """

    deliveries: list[Delivery]
    older: int | None = None
    searched_to: datetime | None = None


def page_of(team: Team, asked: Filters, before: int | None = None) -> Page:
    """At most 50 deliveries, below the one with the id `before`. A search looks through 20,000 at a time."""
    log = behind(Delivery.objects.of(team), before, "-recorded_at")
    floor = _floor(team, asked, log) if asked.is_far else None
    found = _narrowed(team, asked).filter(log)
    if floor:
        newer = Q(recorded_at__gt=floor.recorded_at) | Q(recorded_at=floor.recorded_at, pk__gte=floor.pk)
        found = found.filter(newer, recorded_at__gte=floor.recorded_at)
    ids = list(found.order_by("-recorded_at", "-pk").values_list("pk", flat=True)[: SIZE + 1])
    rows = list(with_resends(as_listed(Delivery.objects.filter(pk__in=ids[:SIZE]))).order_by("-recorded_at", "-pk"))
    if len(ids) > SIZE:
        return Page(rows, ids[SIZE - 1])
    return Page(rows, floor.pk, floor.recorded_at) if floor else Page(rows)


def _narrowed(team: Team, asked: Filters) -> QuerySet[Delivery]:
    """Those that are asked for, by conditions that lead to the index that finds them soonest."""
    if asked.alert is not None:
        found = deliveries_about(team, asked.alert)
    elif asked.state in OPEN_STATES:
        found = Delivery.objects.filter(_OPEN, lane__in=Integration.objects.filter(team=team).values("pk"))
    else:
        found = Delivery.objects.of(team)
    if asked.state == DeliveryState.HELD:
        found = found.filter(_SAYS_WHY)
    if asked.state:
        found = found.filter(*([UNTOLD_AS_INDEXED] if asked.state in UNTOLD else []), state=asked.state)
    if asked.reason:
        found = found.filter(_SAYS_WHY, reason=asked.reason)
    if asked.integration:
        found = found.filter(integration=asked.integration)
    if asked.event:
        found = found.filter(event__type=asked.event)
    return found.filter(_between(asked))


def _between(asked: Filters) -> Q:
    since = Q(recorded_at__gte=asked.since) if asked.since else Q()
    return since & (Q(recorded_at__lte=asked.until) if asked.until else Q())


def _floor(team: Team, asked: Filters, log: Q) -> Delivery | None:
    """The last delivery that this page's search reaches; None where it reaches the end."""
    passed = Delivery.objects.of(team).filter(log, _between(asked)).order_by("-recorded_at", "-pk")
    return next(iter(passed.only("recorded_at")[REACH : REACH + 1]), None)
