"""A mute is of something of the team's, has an end or somebody who ends it, and is written down."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from alerts.models import Mute
from alerts.services import mutes
from deliveries import releasing
from teams.access import Actor
from teams.models import AuditEntry, Role
from tests.alerts.factories import make_rule, make_test
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, states, trigger
from tests.integrations.factories import make_integration

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(cast: Cast) -> Actor:
    return Actor(cast.team, Role.MEMBER, cast.member)


def test_a_mute_of_a_rule_ends_by_itself_or_by_hand(cast: Cast, member: Actor, now: datetime) -> None:
    rule = make_rule(cast.team, [make_test(cast.team)])
    made = mutes.mute(member, {"rule": rule, "minutes": 30, "reason": "deploying"}, now)
    assert (made.until, made.by, made.by_text) == (now + timedelta(minutes=30), cast.member, str(cast.member))

    mutes.end_mute(member, made, now + timedelta(minutes=5))
    again = mutes.end_mute(member, made, now + timedelta(minutes=6))
    assert again.ended_at == now + timedelta(minutes=5)
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions.count("mute.began") == actions.count("mute.ended") == 1


def test_ending_it_tells_what_it_held_back(cast: Cast, member: Actor, now: datetime) -> None:
    rule = rule_for(cast.team, make_integration(cast.team, "slack", "ops"))
    made = mutes.mute(member, {"minutes": None}, now)
    trigger(rule, now)
    assert states() == [("triggered", "held", "muted")]
    mutes.end_mute(member, made, now + timedelta(minutes=5))
    releasing.run(now + timedelta(minutes=5))
    assert states() == [("triggered", "pending", "")]


@pytest.mark.parametrize(
    ("fields", "where", "words"),
    [
        ({}, "minutes", "This field is required"),
        ({"minutes": 0}, "minutes", "from 1 to 44640"),
        ({"minutes": "long"}, "minutes", "whole number"),
        ({"minutes": 5, "reason": "x" * 501}, "reason", "At most 500"),
        ({"minutes": 5, "rule": 999}, "rule", "There is no rule"),
        ({"minutes": 5, "test": "nope"}, "test", "There is no test"),
        ({"minutes": 5, "until": "2026"}, "until", "Unknown field"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    member: Actor, now: datetime, fields: dict[str, Any], where: str, words: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        mutes.mute(member, fields, now)
    assert words in refused.value.message_dict[where][0]
    assert not Mute.objects.exists()


def test_nothing_of_another_team_can_be_muted_and_a_viewer_mutes_nothing(
    cast: Cast, member: Actor, now: datetime
) -> None:
    theirs = make_rule(cast.other_team, [make_test(cast.other_team)])
    with pytest.raises(ValidationError, match="no such rule"):
        mutes.mute(member, {"rule": theirs, "minutes": 5}, now)
    with pytest.raises(PermissionDenied):
        mutes.mute(Actor(cast.team, Role.VIEWER, cast.viewer), {"minutes": 5}, now)


def test_a_rule_and_a_test_at_once_are_refused(cast: Cast, member: Actor, now: datetime) -> None:
    test = make_test(cast.team)
    rule = make_rule(cast.team, [test])
    with pytest.raises(ValidationError, match="not both"):
        mutes.mute(member, {"rule": rule, "test": test, "minutes": 5}, now)
