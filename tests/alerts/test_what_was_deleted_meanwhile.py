"""Whoever changes what somebody else has just deleted is told so."""

from collections.abc import Callable

import pytest

from alerts.services import rules, tests
from teams.access import Actor
from teams.errors import Conflict
from tests.alerts.factories import make_rule, make_test
from tests.conftest import NOW, Cast


@pytest.mark.parametrize(
    "late",
    [
        lambda actor, rule: rules.archive_rule(actor, rule, NOW),
        lambda actor, rule: rules.update_rule(actor, rule, {"name": "New"}, NOW),
    ],
)
def test_a_deleted_rule_takes_no_change(cast: Cast, late: Callable[..., object]) -> None:
    actor, rule = Actor.system(cast.team), make_rule(cast.team, [])
    rules.archive_rule(actor, rule, NOW)

    with pytest.raises(Conflict, match="This rule was deleted"):
        late(actor, rule)


@pytest.mark.parametrize(
    "late",
    [
        lambda actor, test: tests.archive_test(actor, test, NOW),
        lambda actor, test: tests.update_test(actor, test, {"name": "New"}, NOW),
    ],
)
def test_a_deleted_test_takes_no_change(cast: Cast, late: Callable[..., object]) -> None:
    actor, test = Actor.system(cast.team), make_test(cast.team)
    tests.archive_test(actor, test, NOW)

    with pytest.raises(Conflict, match="This test was deleted"):
        late(actor, test)
