"""Calls as chats make them and sign them: Slack's buttons and commands, HipChat's rooms, PagerDuty's webhooks."""

import hashlib
import hmac
import itertools
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import jwt
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerts.models import Alert, AlertEvent
from channels_app.hearing import Person
from deliveries.hearing import people
from integrations.hooks import secret_of
from integrations.models import Integration
from teams.models import Team, User
from tests.integrations.factories import HIPCHAT, make_integration

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
OTHER_SECRET = "ffeeddccbbaa99887766554433221100"
JWT_SECRET = "a-secret-of-the-hipchat-add-on-of-this-room-and-of-no-other-one-anywhere"
PAGER_SECRET = "a-webhook-signing-secret-of-pagerduty"
WORKSPACE = "T0001"
HOOKS_OF_SLACK = "https://hooks.slack.com/commands/T0001/1/abcdef"
_numbers = itertools.count(1)


def slack_app(team: Team, name: str = "ops", secret: str = SECRET, channel: str = "#ops") -> Integration:
    config = {"bot_token": "xoxb-1234567890-abcdefghijkl", "signing_secret": secret, "channel": channel}
    return make_integration(team, "slack", name, config=config)


def hipchat_room(team: Team, name: str = "Operations", **config: Any) -> Integration:
    return make_integration(team, "hipchat", name, config={**HIPCHAT, **config})


def pager(team: Team, name: str = "On call", secret: str = PAGER_SECRET) -> Integration:
    config = {"routing_key": "0123456789abcdef0123456789abcdef", "hook_secret": secret}
    return make_integration(team, "pagerduty", name, config=config)


def linked(user: User, integration: Integration, person: str = "U1", workspace: str = WORKSPACE) -> None:
    people.connect(user, integration, Person(workspace, person, user.name), timezone.now())


def signed(body: bytes, secret: str = SECRET, at: datetime | None = None) -> dict[str, str]:
    """Slack's headers for these bytes."""
    stamp = str(int((at or timezone.now()).timestamp()))
    mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}


def slack_call(door: str, body: bytes, headers: dict[str, str], client: Client | None = None) -> Any:
    path = reverse("hook", args=["slack", door])
    kind = "application/x-www-form-urlencoded"
    return (client or Client()).generic("POST", path, body, kind, headers=headers)


def slash_body(
    text: str, person: str = "U1", channel: str = "ops", reply_to: str = "", workspace: str = WORKSPACE
) -> bytes:
    fields = {
        "team_id": workspace,
        "user_id": person,
        "user_name": "ann",
        "command": "/bellhop",
        "text": text,
        "channel_id": "C0001",
        "channel_name": channel,
        "response_url": reply_to,
        "trigger_id": f"1.{next(_numbers)}",
    }
    return urlencode(fields).encode()


def slash(text: str, person: str = "U1", secret: str = SECRET, **more: Any) -> dict[str, Any]:
    """Say it in Slack; the JSON that is answered."""
    body = slash_body(text, person, **more)
    response = slack_call("commands", body, signed(body, secret))
    assert response.status_code == 200, response.status_code
    answer: dict[str, Any] = json.loads(response.content)
    return answer


def text_of(answer: dict[str, Any]) -> str:
    """All that Slack shows of an answer."""
    return "\n".join([answer["text"], *(each["text"]["text"] for each in answer["blocks"] if "text" in each)])


def mark_of(integration: Integration, alert: Alert | int) -> str:
    return f"{integration.uid}:{alert if isinstance(alert, int) else alert.number}"


def press_body(mark: str, deed: str = "ack", person: str = "U1", reply_to: str = HOOKS_OF_SLACK) -> bytes:
    payload = {
        "type": "block_actions",
        "user": {"id": person, "name": "ann", "team_id": WORKSPACE},
        "team": {"id": WORKSPACE, "domain": "acme"},
        "channel": {"id": "C0001", "name": "ops"},
        "actions": [{"action_id": deed, "type": "button", "value": mark, "action_ts": str(next(_numbers))}],
        "response_url": reply_to,
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def press(mark: str, deed: str = "ack", person: str = "U1", secret: str = SECRET) -> Any:
    """Press a button in Slack."""
    body = press_body(mark, deed, person)
    return slack_call("actions", body, signed(body, secret))


def speech(text: str, at: datetime, room: int = 1147567, name: str = "ann", message: str = "") -> dict[str, Any]:
    """What HipChat posts when somebody says it in a room."""
    speaker = {"id": 661743, "mention_name": name, "name": "Ann"}
    said = {"id": message or f"m-{next(_numbers)}", "type": "message", "message": text, "from": speaker}
    said["date"] = at.isoformat()
    where = {"id": room, "name": "Operations"}
    return {"event": "room_message", "item": {"message": said, "room": where}, "webhook_id": 1}


def token(at: datetime, secret: str = JWT_SECRET, algorithm: str = "HS256", room: int = 1147567, **claims: Any) -> str:
    made = int(at.timestamp())
    usual = {"iat": made, "exp": made + 900, "jti": f"j-{next(_numbers)}", "sub": "661743", "iss": "add-on"}
    key = "" if algorithm == "none" else secret
    return jwt.encode({**usual, "context": {"room_id": room}, **claims}, key, algorithm=algorithm)


def speak(integration: Integration, text: str, said: dict[str, Any] | None = None, jwt_token: str = "") -> Any:
    """Say it in the integration's HipChat room."""
    path = reverse("hook", args=[integration.kind, secret_of(integration)])
    body = json.dumps(said or speech(text, timezone.now()))
    headers = {"Authorization": f"JWT {jwt_token}"} if jwt_token else {}
    return Client().generic("POST", path, body, "application/json", headers=headers)


def page(
    integration: Integration, event: str, key: str, at: datetime, once: str = "", secret: str = PAGER_SECRET
) -> Any:
    """What PagerDuty posts when somebody does something to an incident."""
    told = {
        "id": once or f"e-{next(_numbers)}",
        "event_type": f"incident.{event}",
        "occurred_at": at.isoformat(),
        "agent": {"id": "PUSER", "type": "user_reference", "summary": "Paula Pager"},
        "data": {"id": "PINC", "type": "incident", "incident_key": key},
    }
    body = json.dumps({"event": told}).encode()
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    path = reverse("hook", args=[integration.kind, secret_of(integration)])
    headers = {"X-PagerDuty-Signature": f"v1={mac}"}
    return Client().generic("POST", path, body, "application/json", headers=headers)


def history(alert: Alert) -> list[tuple[str, str, str]]:
    """(type, actor, via) of what happened to the alert since it was triggered."""
    events = AlertEvent.objects.filter(alert=alert).exclude(type="triggered").order_by("id")
    return list(events.values_list("type", "actor_text", "via"))
