"""A room that was answered before it was told anything reads, in what comes next, what is no longer so."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from alerts.models import Alert
from deliveries import flying, sender
from tests.conftest import NOW, Cast
from tests.hearing.world import BASE, World

TAKEN_BACK = "It is no longer acknowledged."

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> World:
    settings.BELLHOP_BASE_URL = BASE
    made = World(cast, NOW)
    monkeypatch.setattr(timezone, "now", lambda: made.now)
    for module in (flying, sender):
        monkeypatch.setattr(module, "time", made)
    made.measure(6)
    return made


def taken_and_given_back(world: World, surface: str = "page") -> Alert:
    """The owner acknowledged it in the room, which was answered; long after, the member took that back elsewhere."""
    alert = Alert.objects.get()
    world.act("room", "acknowledge", alert, world.cast.owner)
    world.seconds += 1_000
    world.act(surface, "unacknowledge", alert, world.cast.member)
    return alert


def told(world: World) -> str:
    """What the room is told when a sender comes, after the answers; one message."""
    answered = len(world.said)
    world.send_all()
    (message,) = world.said[answered:]
    return str(message["message"])


@pytest.mark.parametrize("surface", ["page", "api", "command"])
def test_a_higher_severity_says_that_it_is_no_longer_acknowledged(surface: str, world: World) -> None:
    taken_and_given_back(world, surface)
    world.measure(9)

    assert TAKEN_BACK in told(world)


def test_so_does_what_somebody_did(world: World) -> None:
    world.act("page", "assign", taken_and_given_back(world), world.cast.member)

    assert TAKEN_BACK in told(world)


def test_so_does_what_comes_after_a_message_that_told_of_the_acknowledgement(world: World) -> None:
    alert = Alert.objects.get()
    world.act("page", "acknowledge", alert, world.cast.owner)
    world.send_all()
    world.act("page", "unacknowledge", alert, world.cast.member)
    world.act("page", "assign", alert, world.cast.member)
    world.seconds += 1_000

    assert TAKEN_BACK in told(world)


def test_it_is_said_once(world: World) -> None:
    alert = taken_and_given_back(world)
    world.measure(9)
    told(world)
    world.act("page", "assign", alert, world.cast.member)

    assert TAKEN_BACK not in told(world)


def test_it_is_not_said_where_nobody_read_of_an_acknowledgement(world: World) -> None:
    alert = Alert.objects.get()
    world.act("page", "acknowledge", alert, world.cast.owner)
    world.act("page", "unacknowledge", alert, world.cast.member)
    world.seconds += 1_000
    world.measure(9)

    assert TAKEN_BACK not in told(world)


def test_it_is_not_said_where_somebody_acknowledged_it_again(world: World) -> None:
    alert = taken_and_given_back(world)
    world.measure(9)
    world.act("page", "acknowledge", alert, world.cast.member)

    assert TAKEN_BACK not in told(world)
