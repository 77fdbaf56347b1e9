"""Whatever comes with a good proof, of any bytes: never an error of ours, and never a secret in a log."""

import base64
import copy
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.models import AlertEvent
from config.logs import JsonLines
from deliveries.hearing import later
from deliveries.models import HeardOnce
from deliveries.views import hooks
from integrations.hooks import secret_of
from integrations.models import Integration
from teams.models import Counter
from tests.conftest import Cast
from tests.deliveries.hearing.calls import (
    JWT_SECRET,
    PAGER_SECRET,
    hipchat_room,
    mark_of,
    pager,
    press_body,
    signed,
    slack_call,
    speech,
    token,
)
from tests.deliveries.hearing.conftest import Room
from tests.patience import HEALTH

KEYS = ("type", "actions", "user", "id", "name", "channel", "value", "event", "item", "message", "from", "date", "data")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
ODD: list[Any] = [
    "",
    "\x00",
    "\ud800",
    "x" * 5_000,
    "x:99999999999",
    "00000000-0000-0000-0000-000000000000:1",
    "9999-12-31T23:59:59+00:00",
    "0001-01-01T00:00:00+14:00",
    "127.0.0.1:8000/ops/999999999999999999",
    "/bellhop note 1 \ud800",
    10**30,
    10**4_000,
    -1,
    1e308,
    float("inf"),
    {"room_id": 10**4_000},
    [[[]]],
]
VALUES = JSON | st.sampled_from(ODD)
ELSEWHERE = (
    "https://evil.example/",
    "http://hooks.slack.com/",
    "//hooks.slack.com/",
    "https://hooks.slack.com@evil.example/",
    "https://hooks.slack.com.evil.example/",
    "https://hooks.slack.com\\@evil.example/",
    "https://evil.example\\.slack.com/",
    "https://evil.example#.slack.com/",
    "https://hooks.slack.com:443@evil.example/",
    "https://hooks.slack.com:8443/",
    "https://ｈooks.slack.com/",
    "https://slack.com.",
    "https://slack.com/\n@evil.example",
    " https://slack.com/",
    "file:///etc/passwd",
    "https://127.0.0.1/.slack.com/",
)
RESULTS = {200, 202, 204, 400, 401}
few = settings(max_examples=60, deadline=None, suppress_health_check=[*HEALTH, HealthCheck.function_scoped_fixture])


def paths_of(found: Any, at: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Where there is anything in it, at any depth."""
    inner = found.items() if isinstance(found, Mapping) else enumerate(found) if isinstance(found, list) else ()
    return [path for key, value in inner for path in ((*at, key), *paths_of(value, (*at, key)))]


def with_other(found: Any, path: Sequence[Any], value: Any) -> Any:
    """A copy with another value there."""
    changed = copy.deepcopy(found)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def sent(path: str, body: bytes, headers: dict[str, str]) -> int:
    """What it is answered. The counters are emptied, since the limits are not what is asked here."""
    Counter.objects.all().delete()
    client = Client(raise_request_exception=False)
    return client.generic("POST", path, body, "application/json", headers=headers).status_code


def address(place: Integration) -> str:
    return reverse("hook", args=[place.kind, secret_of(place)])


def of_room(place: Integration, said: Any, proof: str = "") -> int:
    headers = {"Authorization": f"JWT {proof}"} if proof else {}
    return sent(address(place), json.dumps(said).encode(), headers)


def proof_of(claims: dict[str, Any]) -> str:
    """A token of claims that a library would not sign."""
    parts = [json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps(claims)]
    head = b".".join(base64.urlsafe_b64encode(each.encode()).rstrip(b"=") for each in parts)
    mac = hmac.new(JWT_SECRET.encode(), head, hashlib.sha256).digest()
    return f"{head.decode()}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@few
@given(
    body=st.binary(max_size=300)
    | st.dictionaries(st.sampled_from(["text", "user_id", "team_id", "payload", "ssl_check"]), st.text()).map(
        lambda fields: urlencode(fields, errors="replace").encode()
    )
    | VALUES.map(lambda told: urlencode({"payload": json.dumps(told)}).encode()),
    door=st.sampled_from(["actions", "commands"]),
)
def test_slack_may_send_any_bytes(body: bytes, door: str, room: Room) -> None:
    assert sent(reverse("hook", args=["slack", door]), body, signed(body)) in RESULTS


@few
@given(data=st.data())
def test_a_press_may_hold_anything_anywhere(data: st.DataObject, room: Room) -> None:
    usual = json.loads(parse_qs(press_body(mark_of(room.slack, room.alert)).decode())["payload"][0])
    told = with_other(usual, data.draw(st.sampled_from(paths_of(usual))), data.draw(VALUES))
    body = urlencode({"payload": json.dumps(told)}).encode()

    assert sent(reverse("hook", args=["slack", "actions"]), body, signed(body)) in RESULTS


@few
@given(data=st.data(), proven=st.booleans())
def test_a_room_may_say_anything_anywhere(data: st.DataObject, proven: bool, cast: Cast) -> None:
    more = {"oauth_secret": JWT_SECRET} if proven else {"actions": "allow"}
    place = Integration.objects.filter(name=f"R{proven}").first() or hipchat_room(cast.team, f"R{proven}", **more)
    now = timezone.now()
    usual = speech("/bellhop ack 1", now)
    said = with_other(usual, data.draw(st.sampled_from(paths_of(usual))), data.draw(VALUES))

    assert of_room(place, said, token(now) if proven else "") in RESULTS


@few
@given(name=st.sampled_from(["iat", "exp", "nbf", "jti", "sub", "iss", "aud", "context", "crit"]), value=VALUES)
def test_a_token_may_claim_anything(name: str, value: Any, cast: Cast) -> None:
    place = Integration.objects.filter(name="R").first() or hipchat_room(cast.team, "R", oauth_secret=JWT_SECRET)
    now = timezone.now()
    made = int(now.timestamp())
    claims = {"iat": made, "exp": made + 900, "jti": "j", "sub": "661743", "context": {"room_id": 1147567}}
    HeardOnce.objects.all().delete()

    assert of_room(place, speech("/bellhop ack 1", now), proof_of({**claims, name: value})) in RESULTS


@few
@given(data=st.data())
def test_a_pager_may_tell_anything_anywhere(data: st.DataObject, cast: Cast) -> None:
    place = Integration.objects.filter(name="P").first() or pager(cast.team, "P")
    told = {
        "id": "e",
        "event_type": "incident.acknowledged",
        "occurred_at": timezone.now().isoformat(),
        "agent": {"id": "P", "type": "user_reference", "summary": "Paula"},
        "data": {"id": "Q", "type": "incident", "incident_key": "127.0.0.1:8000/ops/1", "resolve_reason": {"type": ""}},
    }
    usual = {"event": told}
    body = json.dumps(with_other(usual, data.draw(st.sampled_from(paths_of(usual))), data.draw(VALUES))).encode()
    mac = hmac.new(PAGER_SECRET.encode(), body, hashlib.sha256).hexdigest()

    assert sent(address(place), body, {"X-PagerDuty-Signature": f"v1={'0' * 64},v2=x,v1={mac}"}) in RESULTS


@pytest.mark.parametrize("reply_to", ELSEWHERE)
def test_no_spelling_leads_an_answer_elsewhere(reply_to: str, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    carried: list[str] = []
    monkeypatch.setattr(later, "_carry", lambda kind, call: carried.append(call.url))
    body = press_body(mark_of(room.slack, room.alert), person="U9", reply_to=reply_to)

    assert slack_call("actions", body, signed(body)).status_code == 200
    assert carried == []


@pytest.mark.parametrize("query", ["", "?" + "&".join(f"a{n}=1" for n in range(1_500)), "?signed_request=%ff%00.a.b"])
@pytest.mark.parametrize(
    "body", [b"", b"[" * 60_000, b'{"a":' * 10_000, b'"\\ud800"', b"\x00", b"x" * 300_000, b'{"item":' + b"9" * 5_000]
)
def test_no_log_names_an_address(query: str, body: bytes, cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    places = [hipchat_room(cast.team), hipchat_room(cast.team, "Proven", oauth_secret=JWT_SECRET), pager(cast.team)]

    with caplog.at_level(logging.DEBUG):
        answers = [sent(address(each) + query, body, {}) for each in places]

    assert set(answers) <= {400, 401, 413}
    logged = "".join(JsonLines().format(each) for each in caplog.records)
    assert not any(secret_of(each) in logged for each in places)


def test_an_error_of_ours_names_no_address(
    cast: Cast, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = hipchat_room(cast.team)

    def fail(*_: Any) -> None:
        raise RuntimeError(f"no such thing at {address(place)}")

    monkeypatch.setattr(hooks, "obey", fail)

    assert of_room(place, speech("/bellhop help", timezone.now())) == 500
    assert secret_of(place) not in "".join(JsonLines().format(each) for each in caplog.records)
    assert not AlertEvent.objects.exists()
