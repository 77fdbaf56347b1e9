"""Somebody acts on an alert: all who were told of it see it, and nobody is told of what they did."""

from datetime import datetime

import pytest

from alerts import lifecycle
from alerts.models import Alert, EventType
from deliveries.models import Delivery
from integrations.models import Integration, Telling
from integrations.services import builtin_email
from tests.conftest import Cast
from tests.deliveries.living.board import Board
from tests.deliveries.living.conftest import MakePlace
from tests.deliveries.living.stage import ann
from tests.deliveries.stage import rule_for, send_all, trigger

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def room(make_place: MakePlace) -> Integration:
    """It keeps no message true, and people can act from there."""
    return make_place("room", "/dead")


@pytest.fixture
def alert(cast: Cast, board: Board, place: Integration, room: Integration, now: datetime) -> Alert:
    """Told on the wall, in the room, and to Ann and the owner by mail, who hear of everything."""
    mail = builtin_email(cast.team)
    Integration.objects.filter(pk=mail.pk).update(events=[each.value for each in Telling])
    people = [cast.member.email.upper(), cast.owner.email]
    alert = trigger(rule_for(cast.team, place, room, recipients=people, notify_on_clear=False), now)
    send_all(now)
    return alert


def of(event: str) -> dict[str, tuple[str, str, bool]]:
    rows = Delivery.objects.filter(event__type=event).select_related("integration").order_by("id")
    return {row.recipient or row.integration.name: (row.state, row.reason, row.in_place) for row in rows}


@pytest.mark.parametrize("deed", ["acknowledged", "assigned", "noted"])
def test_what_ann_does_on_the_page_shows_everywhere_and_is_not_told_to_her(
    cast: Cast, place: Integration, room: Integration, alert: Alert, now: datetime, deed: str
) -> None:
    if deed == "acknowledged":
        lifecycle.acknowledge(ann(cast), alert, now)
    elif deed == "assigned":
        lifecycle.assign(ann(cast), alert, cast.owner, now)
    else:
        lifecycle.note(ann(cast), alert, "looking", now)

    expected = {
        "wall": ("pending", "", True),
        "room": ("pending", "", False),
        cast.member.email.upper(): ("suppressed", "own_action", False),
        cast.owner.email: ("pending", "", False),
    }
    if deed == "noted":
        del expected["room"]  # which did not choose notes
    assert of(deed) == expected


def test_that_ann_closed_it_is_said_in_the_room_though_the_rule_tells_of_no_clears(
    cast: Cast, alert: Alert, now: datetime
) -> None:
    lifecycle.close(ann(cast), alert, "planned", now)

    assert of("cleared") == {
        "wall": ("pending", "", True),  # and, before it, one that says why it is not told
        "room": ("pending", "", False),
        cast.member.email.upper(): ("suppressed", "rule_not_on_clear", False),
        cast.owner.email: ("suppressed", "rule_not_on_clear", False),
    }


def test_what_was_said_in_the_room_is_not_said_there_again(
    cast: Cast, room: Integration, alert: Alert, now: datetime
) -> None:
    lifecycle.acknowledge(ann(cast, room), alert, now)

    found = of("acknowledged")
    assert found["room"] == ("suppressed", "said_there", False)
    assert found["wall"] == ("pending", "", True)
    assert found[cast.member.email.upper()] == ("suppressed", "own_action", False)


def test_what_was_pressed_on_the_wall_shows_on_it_and_in_the_room(
    cast: Cast, board: Board, place: Integration, alert: Alert, now: datetime
) -> None:
    lifecycle.close(ann(cast, place), alert, "", now)
    send_all(now)

    assert of(EventType.CLEARED)["room"] == ("delivered", "", False)
    assert {note.now["said"] for note in board.notes} == {
        "#1 CRITICAL: Too slow on Checkout",  # the room's first
        "#1 CLEARED (critical): Too slow on Checkout",
    }
    walls = [note for note in board.notes if "stands" in note.now]
    assert [note.now["stands"] for note in walls] == ["#1 CLEARED (critical): Too slow on Checkout"]
    assert walls[0].now["facts"]["Cleared"].endswith("closed by hand by Member")
