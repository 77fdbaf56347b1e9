"""The bell: a hint that wakes the sender at once, never waits, and is never needed."""

import threading
import time
from pathlib import Path
from unittest import mock

import pytest
from celery import Celery
from kombu.exceptions import OperationalError
from pytest_django import Settings

from deliveries import bell
from deliveries.bell import Listener
from deliveries.broker import DRAIN, Broker


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
    began = time.monotonic()
    for _ in range(100):
        bell.ring()
    assert time.monotonic() - began < 0.5


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


def test_a_hanging_broker_costs_a_request_nothing() -> None:
    app, hangs = mock.Mock(spec=Celery), threading.Event()
    app.send_task.side_effect = lambda *_, **__: hangs.wait(5)
    broker = Broker(app)

    began = time.monotonic()
    for _ in range(100):
        broker.ring()

    assert time.monotonic() - began < 0.5
    hangs.set()


def test_a_broker_that_refuses_is_asked_again_only_after_a_while() -> None:
    app, asked = mock.Mock(spec=Celery), threading.Semaphore(0)

    def refuse(*_: object, **__: object) -> None:
        asked.release()
        raise OperationalError("refused")

    app.send_task.side_effect = refuse
    broker = Broker(app, silent_seconds=0.3)

    began = time.monotonic()
    broker.ring()
    assert asked.acquire(timeout=5)
    while time.monotonic() - began < 0.25:
        broker.ring()
        time.sleep(0.01)
    assert app.send_task.call_count == 1
    assert asked.acquire(timeout=5)
    assert app.send_task.call_args.args == (DRAIN,)


def test_the_broker_hears_what_rings_here() -> None:
    other = mock.Mock()
    with mock.patch("deliveries.bell._others", []):
        bell.also(other)
        bell.ring()
    other.assert_called_once_with()
