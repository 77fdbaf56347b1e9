"""Calls as Slack, HipChat and PagerDuty make them: signed, and fit for a test client as for a running house."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.servers import hipchat

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
WORKSPACE = "T00000001"


@dataclass(frozen=True, slots=True)
class Call:
    """A POST. The same call twice is the same to the last byte."""

    path: str
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    def by(self, client: Any) -> Any:
        """Django's answer."""
        return client.generic("POST", self.path, self.body, content_type=self.content_type, headers=self.headers)

    def to(self, session: Any, house: str) -> Any:
        """The answer of a house that runs, by requests."""
        headers = {"Content-Type": self.content_type, **self.headers}
        return session.post(house + self.path, self.body, headers=headers, timeout=30)


def slack_press(
    secret: str, action: str, mark: str, person: str, at: datetime, reply_to: str = "", *, door: str = "actions"
) -> Call:
    """Somebody presses the button `action` (ack, unack, assign, close) of the message with that mark."""
    payload = {
        "type": "block_actions",
        "team": {"id": WORKSPACE, "domain": "example"},
        "user": {"id": person, "name": person.lower(), "team_id": WORKSPACE},
        "channel": {"id": "C0000000OPS", "name": "ops"},
        "response_url": reply_to,
        "trigger_id": uuid4().hex,
        "actions": [{"type": "button", "action_id": action, "value": mark, "action_ts": uuid4().hex}],
    }
    return _signed(secret, f"/hooks/slack/{door}/", urlencode({"payload": json.dumps(payload)}), at)


def slack_command(secret: str, words: str, person: str, at: datetime, reply_to: str = "", channel: str = "ops") -> Call:
    """Somebody types `/bellhop <words>` in the channel."""
    fields = {
        "command": "/bellhop",
        "text": words,
        "team_id": WORKSPACE,
        "channel_id": "C0000000OPS",
        "channel_name": channel,
        "user_id": person,
        "user_name": person.lower(),
        "response_url": reply_to,
        "trigger_id": uuid4().hex,
    }
    return _signed(secret, "/hooks/slack/commands/", urlencode(fields), at)


def hipchat_saying(path: str, words: str, at: datetime, secret: str = "", person: int = 1_661_743) -> Call:
    """Ann says `/bellhop <words>` in the room Ops; with `secret`, the call holds a token that it signs."""
    said = hipchat.spoken(f"/bellhop {words}", at.isoformat(), id=str(uuid4()))
    said["item"]["message"]["from"]["id"] = person
    headers = {}
    if secret:
        claims = hipchat.claims(at.timestamp(), sub=str(person), jti=uuid4().hex)
        headers["Authorization"] = f"JWT {hipchat.token(claims, secret)}"
    return Call(path, json.dumps(said).encode(), JSON, headers)


def pagerduty_event(path: str, event: str, key: str, at: datetime, secret: str) -> Call:
    """PagerDuty tells that Ann Duty did `event` (acknowledged, unacknowledged, resolved) to the incident of `key`."""
    agent = {"id": "PANN001", "type": "user_reference", "summary": "Ann Duty"}
    told = {
        "id": f"01{uuid4().hex[:24].upper()}",
        "event_type": f"incident.{event}",
        "resource_type": "incident",
        "occurred_at": at.isoformat(),
        "agent": agent,
        "data": {"id": "Q1", "type": "incident", "incident_key": key, "status": event},
    }
    body = json.dumps({"event": told}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Call(path, body, JSON, {"X-PagerDuty-Signature": f"v1={signature}"})


def _signed(secret: str, path: str, body: str, at: datetime) -> Call:
    stamp = str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}"}
    return Call(path, body.encode(), FORM, headers)
