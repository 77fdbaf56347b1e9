"""A task names lanes that are due; lost, doubled, late or wrong, it changes nothing but who looks first."""

import threading
from typing import Any

import pytest
from django.utils import timezone

from deliveries import tasks
from deliveries.models import Delivery, DeliveryState
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, slack, trigger, without_bell
from tests.patience import PATIENT
from tests.servers.house import wait_for
from tests.servers.http import Receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "LINGER_SECONDS", 0.0)
    monkeypatch.setattr(tasks, "LOOK_EVERY", 0.01)


@pytest.fixture
def rooms(cast: Cast, receiver: Receiver) -> list[int]:
    """Two rooms with a message each that is due."""
    places = [slack(cast.team, receiver, name) for name in ("ops", "web")]
    with without_bell():
        trigger(rule_for(cast.team, *places), timezone.now())
    return [place.pk for place in places]


def waiting() -> set[int]:
    return set(Delivery.objects.filter(state=DeliveryState.PENDING).values_list("integration_id", flat=True))


def test_a_task_sends_what_is_due_in_its_lanes(rooms: list[int], receiver: Receiver) -> None:
    tasks.drain(rooms[:1])

    assert waiting() == {rooms[1]}
    assert len(receiver.received) == 1


def test_a_doubled_task_sends_nothing_twice(rooms: list[int], receiver: Receiver) -> None:
    tasks.drain(rooms)
    tasks.drain(rooms)

    assert len(receiver.received) == 2


def test_a_task_for_lanes_that_are_gone_does_nothing(rooms: list[int], receiver: Receiver) -> None:
    tasks.drain([10**9])

    assert waiting() == set(rooms)


@pytest.mark.parametrize("lanes", ["abc", 7, {"a": 1}, [None], ["1"], [1.5], [True], [[1]], [-1], [2**63], [2**70]])
def test_a_task_that_names_no_lanes_is_one_without(rooms: list[int], receiver: Receiver, lanes: Any) -> None:
    tasks.drain(lanes)

    assert waiting() == set()


def test_a_task_without_lanes_sends_all_that_is_due(rooms: list[int], receiver: Receiver) -> None:
    tasks.drain()

    assert waiting() == set()


def test_a_worker_looks_by_itself_though_no_task_comes(rooms: list[int], receiver: Receiver) -> None:
    ending = threading.Event()
    lookout = threading.Thread(target=tasks.keep_looking, args=(ending,), daemon=True)
    lookout.start()

    wait_for(lambda: not waiting(), PATIENT)
    ending.set()
    lookout.join(PATIENT)

    assert len(receiver.received) == 2
