"""The plainer form after a content error is one more call, and counts as one."""

import threading
import time
from datetime import datetime, timedelta

import pytest

from channels_app import registry
from deliveries.models import Attempt, Budget, Lane
from integrations.models import Integration
from teams.models import Team
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, send_all, slack, states, trigger
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver, Request

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCd"


class StrictRoom:
    """Takes one request a second, counts those that it refuses too, and refuses every card."""

    def __init__(self) -> None:
        self.last = 0.0
        self.lock = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        with self.lock:
            now = time.monotonic()
            gap, self.last = now - self.last, now
        if gap < 0.95:
            return Answer(429, b"rate_limited", {"Retry-After": "1"})
        return Answer(400, b"invalid_attachments") if b'"attachments"' in request.body else Answer()


def room_of(team: Team, receiver: Receiver, name: str) -> Integration:
    config = {"server": receiver.url, "room": "1147567", "token": TOKEN}
    return make_integration(team, "hipchat", name, config=config)


def test_a_room_that_counts_refused_calls_gets_the_plainer_form(cast: Cast, receiver: Receiver, now: datetime) -> None:
    receiver.decide = StrictRoom()
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)

    send_all(now)

    assert states() == [("triggered", "delivered", "")]
    assert list(Attempt.objects.order_by("id").values_list("status", flat=True)) == [400, 200]
    assert Budget.objects.get().next_at == now + timedelta(seconds=2)


def test_it_waits_in_its_row_where_the_key_was_paused_meanwhile(cast: Cast, receiver: Receiver, now: datetime) -> None:
    def decide(request: Request) -> Answer:
        if b"#1 " not in request.body:
            return Answer(429, b"{}", {"Retry-After": "600"})
        return Answer(400, b"{}", manner="drip", seconds=0.005) if b'"card"' in request.body else Answer(204, b"")

    receiver.decide = decide
    for name in ("refused", "limited"):
        place = room_of(cast.team, receiver, name)
        trigger(rule_for(cast.team, place, test=make_test(cast.team, name), name=name), now)

    send_all(now)

    assert states() == [("triggered", "pending", ""), ("triggered", "pending", "")]
    assert len(receiver.received) == 2
    assert set(Lane.objects.values_list("paused_until", flat=True)) == {now + timedelta(seconds=600)}


def test_a_call_that_must_wait_too_long_is_not_counted(
    cast: Cast, receiver: Receiver, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("flying", "sender"):
        monkeypatch.setattr(f"deliveries.{module}.LONGEST_TURN", 0.0)
    receiver.default = Answer(400, b"{}")
    rate = registry.kind("hipchat").spec.rate
    assert rate is not None
    for name in map(str, range(rate.burst)):
        place = room_of(cast.team, receiver, name)
        trigger(rule_for(cast.team, place, test=make_test(cast.team, name), name=name), now)

    send_all(now)

    assert states() == [("triggered", "pending", "")] * rate.burst
    assert Budget.objects.get().next_at == now + timedelta(seconds=rate.interval) * rate.burst
