"""Lists are walked a page at a time: every row once, whatever the order, and never from another team's row on."""

import pytest

from alerts.models import Test
from teams.paging import behind, cut
from tests.alerts.factories import make_test
from tests.conftest import Cast

NAMES = ["b", "a", "b", "c", "a", "b", "d"]


@pytest.mark.parametrize("field", ["name", "-name"])
def test_every_row_comes_once_and_in_order(cast: Cast, field: str) -> None:
    for n, name in enumerate(NAMES):
        make_test(cast.team, f"t{n}", name=name)
    known = Test.objects.filter(team=cast.team)
    rows = known.order_by(field, "-pk" if field.startswith("-") else "pk")

    seen, last = list[int](), None
    for _ in range(4):
        page, last = cut(rows.filter(behind(known, last, field)), 2)
        seen += [row.pk for row in page]

    assert seen == [row.pk for row in rows]
    assert last is None


def test_a_full_last_page_leads_nowhere(cast: Cast) -> None:
    make_test(cast.team, "one")

    assert cut(Test.objects.filter(team=cast.team), 1)[1] is None


def test_a_row_that_is_not_known_changes_nothing(cast: Cast) -> None:
    own, theirs = make_test(cast.team, "own", name="a"), make_test(cast.other_team, "theirs", name="m")
    known = Test.objects.filter(team=cast.team)

    for last in (theirs.pk, 2**70, 0, None):
        assert list(known.filter(behind(known, last, "name"))) == [own]
