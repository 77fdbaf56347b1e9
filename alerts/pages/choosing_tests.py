"""Choosing tests for a rule, be they three or thousands: what is chosen, what else there is, what they measure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from alerts.models import Series, Test
from alerts.selecting import read_selector, selects
from teams.models import Team
from teams.words import listed

Row = tuple[int, str, str]
FEW = 30
SHOWN = 50
NAMED = 10
METRICS = 200


@dataclass(frozen=True, slots=True)
class TestChoice:
    """`chosen` and `others` are shown to tick; `kept` are ids that are chosen too and not shown.

    `matching` counts what holds `search` and is not chosen, `total` all tests of the team.
    """

    __test__ = False  # not a pytest class

    chosen: list[Test]
    others: list[Test]
    kept: list[int]
    search: str
    matching: int
    total: int

    @property
    def count(self) -> int:
        """How many are chosen."""
        return len(self.chosen) + len(self.kept)

    @property
    def few(self) -> bool:
        """Whether all tests can be shown at once, so that nothing need be searched."""
        return self.total <= FEW

    @property
    def all(self) -> list[Test]:
        """What is shown, by name."""
        return sorted((*self.chosen, *self.others), key=lambda test: (test.name.lower(), test.pk))

    @property
    def ids(self) -> set[int]:
        """The ids of what is shown as chosen."""
        return {test.pk for test in self.chosen}

    @property
    def unseen(self) -> int:
        """How many others are not shown."""
        return max(0, self.matching - len(self.others))

    @property
    def kept_text(self) -> str:
        """The ids of what is not shown, as one input carries them."""
        return ",".join(map(str, self.kept))


def choice_of(team: Team, ids: Collection[int], search: str = "") -> TestChoice:
    """The choice with the tests of these ids chosen; those that hold `search` stand first.

    It reads the names of all tests at once: with thousands chosen that is quicker than asking for each.
    """
    wanted, chosen, others = set(ids), [], []
    rows = list(Test.objects.of(team).order_by().values_list("pk", "name", "slug"))
    for row in sorted(rows, key=lambda row: _place(row, search)):
        if row[0] in wanted:
            chosen.append(row)
        elif _holds(row, search):
            others.append(row)
    kept = [row[0] for row in chosen[SHOWN:]]
    return TestChoice(_tests(chosen[:SHOWN]), _tests(others[:SHOWN]), kept, search, len(others), len(rows))


@dataclass(frozen=True, slots=True)
class Meant:
    """The ids of the tests that a selector means, and the names of the first."""

    ids: list[int]
    words: str


def meant_by(team: Team, selector: Sequence[str]) -> Meant:
    """What a selector means as it was typed; nothing while it is not sound."""
    try:
        sound = read_selector(selector)
    except ValidationError:
        sound = []
    if not sound:
        return Meant([], "")
    rows = Test.objects.of(team).order_by("name", "pk").values_list("pk", "name", "labels")
    found = [(pk, name) for pk, name, labels in rows if selects(sound, labels)]
    return Meant([pk for pk, _ in found], listed([name for _, name in found], NAMED))


def matching(team: Team, search: str) -> list[int]:
    """The ids of all tests that hold `search`."""
    rows = Test.objects.of(team).order_by().values_list("pk", "name", "slug")
    return [row[0] for row in rows if _holds(row, search)]


def metrics_of(team: Team, tests: Sequence[int]) -> list[str]:
    """Up to 200 metrics that the first 200 of these tests have measured, by name; of all tests where none is given."""
    found = _series(team, tests).order_by("metric").values_list("metric", flat=True)
    return list(found.distinct()[:METRICS])


def unseen_metrics(team: Team, tests: Sequence[int], metrics: Collection[str]) -> set[str]:
    """Those of `metrics` that none of the first 200 of these tests has sent; of all tests where none is given."""
    wanted = {metric for metric in metrics if metric and "\x00" not in metric}
    seen = _series(team, tests).filter(metric__in=wanted).values_list("metric", flat=True)
    return wanted - set(seen.distinct())


def _series(team: Team, tests: Sequence[int]) -> QuerySet[Series]:
    own = Series.objects.filter(team=team)
    return own.filter(test__in=list(tests)[:METRICS]) if tests else own


def _holds(row: Row, search: str) -> bool:
    return search.lower() in row[1].lower() or search.lower() in row[2].lower()


def _place(row: Row, search: str) -> tuple[bool, str, int]:
    return (not _holds(row, search), row[1].lower(), row[0])


def _tests(rows: Sequence[Row]) -> list[Test]:
    return [Test(pk=pk, name=name, slug=slug) for pk, name, slug in rows]
