"""The list of alerts as pages read it: in its order, one page at a time, in two queries whatever the numbers."""

from dataclasses import dataclass

from django.db.models import Case, Count, Q, QuerySet, SmallIntegerField, Value, When

from alerts.models import Alert
from channels_app.words import SEVERITY_RANK, Severity
from teams.models import Team

PAGE = 50
_RANK = Case(
    *(When(severity=severity, then=Value(rank)) for severity, rank in SEVERITY_RANK.items()),
    output_field=SmallIntegerField(),
)


@dataclass(frozen=True)
class Cursor:
    """The last alert of a page; the next page begins after it. As text "123", in the order of urgency "major-123"."""

    number: int
    severity: str = ""

    def __str__(self) -> str:
        return f"{self.severity}-{self.number}" if self.severity else str(self.number)


@dataclass(frozen=True)
class Page:
    """Some alerts, and the cursor of the page after them: None on the last."""

    alerts: list[Alert]
    next: Cursor | None = None


def page_of(alerts: QuerySet[Alert], *, urgent: bool, before: Cursor | None = None, size: int = PAGE) -> Page:
    """A page of `alerts`: newest first, or where `urgent` the most severe first, then the newest.

    Keys are looked for first, so that filters need an index only; then the rows to show are read.
    """
    wanted = alerts.alias(rank=_RANK).filter(_after(before)).order_by(*(["-rank"] if urgent else []), "-number")
    shown, more = _rows(wanted, size)
    if not more or not shown:
        return Page(shown)
    return Page(shown, Cursor(shown[-1].number, shown[-1].severity if urgent else ""))


def most_urgent(alerts: QuerySet[Alert], size: int) -> tuple[list[Alert], bool]:
    """The most severe of `alerts` of several teams, then the newest, and whether there are more."""
    return _rows(alerts.alias(rank=_RANK).order_by("-rank", "-started_at", "-pk"), size)


def active_counts(team: Team | QuerySet[Team]) -> list[tuple[str, int]]:
    """(severity, number of active alerts), the most severe first; read from the small index of what is open."""
    whose = Q(team=team) if isinstance(team, Team) else Q(team__in=team)
    rows = Alert.objects.filter(whose, cleared_at=None).order_by().values_list("severity").annotate(n=Count("pk"))
    found = dict(rows)
    return [(severity, found[severity]) for severity in reversed(Severity) if severity in found]


def _after(cursor: Cursor | None) -> Q:
    if cursor is None:
        return Q()
    if not cursor.severity:
        return Q(number__lt=cursor.number)
    rank = SEVERITY_RANK[Severity(cursor.severity)]
    return Q(rank__lt=rank) | Q(rank=rank, number__lt=cursor.number)


def _rows(wanted: QuerySet[Alert], size: int) -> tuple[list[Alert], bool]:
    keys = list(wanted.select_related(None).values_list("pk", flat=True)[: size + 1])
    rows = wanted.order_by().in_bulk(keys[:size])
    return [rows[key] for key in keys[:size] if key in rows], len(keys) > size
