"""An address of the operator's is called while all is well, and only then."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from deliveries.auditing import deadman, ledger
from deliveries.auditing.found import Found
from deliveries.models import FindingKind, Heartbeat
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, slack, trigger
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "6f9a-secret-check"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def well(receiver: Receiver, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A house in which all is well, and its calls go at once. No destination of users may be there."""
    settings.BELLHOP_ALLOWED_NETWORKS = []
    settings.BELLHOP_DEADMAN_URL = f"{receiver.url}/ping/{SECRET}"
    monkeypatch.setattr(deadman, "beside", lambda name, work: work())
    alive(now)


def alive(now: datetime) -> None:
    Heartbeat.objects.update_or_create(
        pk="here:1:2:3", defaults={"role": "sender", "version": "1", "started_at": now, "seen_at": now}
    )
    ledger.end_turn(now)


def pings(receiver: Receiver, now: datetime) -> int:
    before = len(receiver.received)
    deadman.ping(now)
    return len(receiver.received) - before


def test_it_is_called_while_all_is_well(receiver: Receiver, now: datetime) -> None:
    assert pings(receiver, now) == 1
    assert receiver.received[0].path == f"/ping/{SECRET}"


def test_without_an_address_nobody_is_called(receiver: Receiver, now: datetime, settings: Settings) -> None:
    settings.BELLHOP_DEADMAN_URL = ""

    assert pings(receiver, now) == 0


def test_it_stops_when_deliveries_are_stuck(cast: Cast, receiver: Receiver, now: datetime, settings: Settings) -> None:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    assert pings(receiver, now + MINUTE / 2) == 1

    late = now + 2 * MINUTE
    alive(late)

    assert pings(receiver, late) == 0


def test_it_stops_without_a_sender_or_without_an_auditor(receiver: Receiver, now: datetime) -> None:
    ledger.end_turn(now + 5 * MINUTE)
    assert pings(receiver, now + 5 * MINUTE) == 0

    alive(now)
    Heartbeat.objects.update(seen_at=now + 5 * MINUTE)
    assert pings(receiver, now + 5 * MINUTE) == 0


def test_it_stops_while_something_is_open_that_was_found(receiver: Receiver, now: datetime) -> None:
    ledger.write({FindingKind.TIMER_LATE: Found(1, 0, ("alerts.time",))}, now)
    assert pings(receiver, now) == 0

    ledger.write({FindingKind.TIMER_LATE: Found()}, now)
    assert pings(receiver, now) == 1


@pytest.mark.parametrize("answer", [Answer(500, b"no"), Answer(404, b"no such check"), Answer(manner="reset")])
def test_a_call_that_fails_is_logged_without_what_is_secret(
    receiver: Receiver, now: datetime, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.script(answer)

    deadman.ping(now)

    assert "the dead-man ping to 127.0.0.1 failed" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("url", ["nonsense", "http://[", "ftp://127.0.0.1/x", "https://user:pw@127.0.0.1/x"])
def test_an_address_that_is_none_is_logged_too(
    url: str, now: datetime, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.BELLHOP_DEADMAN_URL = url

    deadman.ping(now)

    assert "bad_address" in caplog.text
    assert "pw" not in caplog.text.replace("password", "")
