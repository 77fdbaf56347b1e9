"""The bell: a hint that wakes the sender at once, never waits, and is never needed."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from typing import Any
from unittest import mock

import pytest
from celery import Celery
from kombu import Message, Queue
from kombu.exceptions import OperationalError
from pytest_django import Settings

from deliveries import bell
from deliveries.bell import Listener
from deliveries.broker import Broker
from tests.patience import PATIENT
from tests.servers.house import wait_for

Queued = tuple[Broker, Callable[[int], list[list[int]]]]


@pytest.fixture(autouse=True)
def own_place(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def test_a_ring_is_heard_once_however_often_it_rang() -> None:
    listener = Listener()
    for _ in range(1000):
        bell.ring()

    assert listener.heard()
    assert not listener.heard()
    listener.close()
    assert not bell.path().exists()


def test_ringing_where_nobody_listens_costs_nothing() -> None:
    took = []
    for _ in range(100):
        began = time.monotonic()
        bell.ring()
        took.append(time.monotonic() - began)
    assert median(took) < 0.005  # some may meet a stall of the machine


def test_a_bell_left_by_a_dead_sender_is_replaced() -> None:
    first = Listener()
    first.socket.close()
    second = Listener()

    bell.ring()

    assert second.heard()
    first.close()
    bell.ring()
    assert second.heard()
    second.close()


def test_a_long_data_directory_gets_a_short_place(settings: Settings, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    settings.DATA_DIR = deep

    listener = Listener()
    bell.ring()

    assert listener.heard()
    assert len(str(bell.path())) <= bell.LONGEST_PATH
    listener.close()


def test_only_the_owner_may_ring() -> None:
    listener = Listener()
    assert bell.path().stat().st_mode & 0o077 == 0
    listener.close()


def hang(*_: object, **__: object) -> None:
    """For ever; the thread of a bell ends with the process."""
    threading.Event().wait()


def test_a_hanging_broker_costs_a_request_nothing() -> None:
    app = mock.Mock(spec=Celery)
    app.connection_for_write.side_effect = hang
    broker = Broker(app)

    def rings() -> None:
        for _ in range(100):
            broker.ring([1])

    ringing = threading.Thread(target=rings, daemon=True)
    ringing.start()
    ringing.join(PATIENT)

    assert not ringing.is_alive()


def test_a_broker_that_refuses_is_asked_again_only_after_a_while() -> None:
    app = mock.Mock(spec=Celery)
    app.connection_for_write.side_effect = OperationalError("refused")
    slept, go_on = SimpleQueue[float](), threading.Semaphore(0)

    def sleep(seconds: float) -> None:
        slept.put(seconds)
        go_on.acquire()

    with mock.patch("deliveries.broker.time", mock.Mock(sleep=sleep)):
        broker = Broker(app, silent_seconds=0.3)
        for _ in range(20):
            broker.ring()
        assert slept.get(timeout=PATIENT) == 0.3
        for _ in range(20):
            broker.ring()
        assert slept.empty()
        assert app.connection_for_write.call_count == 1

        go_on.release()
        assert slept.get(timeout=PATIENT) == 0.3
        assert app.connection_for_write.call_count == 2
        app.connection_for_write.side_effect = hang  # asks no more while other tests run
        go_on.release()


@pytest.fixture
def queued(request: pytest.FixtureRequest) -> Queued:
    """A broker in memory, and what gives the lanes of the tasks in it once there are so many."""
    app = Celery(request.node.name, broker="memory://", set_as_current=False)
    app.conf.task_default_queue = request.node.name  # all of one process share the memory

    def tasks(count: int) -> list[list[int]]:
        with app.connection_for_read() as connection:
            queue = app.amqp.queues[app.conf.task_default_queue](connection.default_channel)
            found = wait_for(lambda: taken if len(taken := list(_taken(queue))) >= count else [], PATIENT)
        return [message.payload[0][0] for message in found]

    messages: list[Message] = []

    def _taken(queue: Queue) -> list[Message]:
        while message := queue.get(no_ack=True):
            messages.append(message)
        return messages

    return Broker(app), tasks


def test_lanes_travel_in_batches_so_that_workers_share_a_burst(queued: Queued) -> None:
    broker, tasks = queued

    broker.ring(range(1200))

    assert [len(lanes) for lanes in tasks(3)] == [500, 500, 200]


def test_more_lanes_than_a_few_tasks_can_name_are_left_to_the_workers(queued: Queued) -> None:
    broker, tasks = queued

    broker.ring(range(10_001))

    assert tasks(1) == [[]]


def test_rings_do_not_pile_up_where_many_tasks_wait(queued: Queued, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deliveries.broker.TASKS_THAT_MAY_WAIT", 3)
    broker, tasks = queued
    publish, published = broker._publish, threading.Semaphore(0)

    def note(*given: Any) -> None:
        publish(*given)
        published.release()

    monkeypatch.setattr(broker, "_publish", note)
    for lane in range(20):
        broker.ring([lane])
        assert published.acquire(timeout=PATIENT)

    assert len(tasks(3)) == 3


def test_the_broker_hears_what_rings_here() -> None:
    other = mock.Mock()
    with mock.patch("deliveries.bell._others", []):
        bell.also(other)
        bell.ring([7])
    other.assert_called_once_with([7])
