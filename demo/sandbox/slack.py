"""A look-alike of Slack's incoming webhooks: takes what the real one takes, refuses the rest in its words."""

import json
import re
import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from demo.models import SandboxRoom, SandboxToken
from demo.sandbox import rates, rooms
from demo.sandbox.contents import Unfit, as_kept, check_content
from demo.sandbox.people import PEOPLE


class Refused(Exception):
    """The status and the word that Slack answers with."""

    def __init__(self, status: int, word: str) -> None:
        super().__init__(word)
        self.status, self.word = status, word


@csrf_exempt
@require_POST
def incoming(request: HttpRequest, workspace: str, hook: str, token: str) -> HttpResponse:
    """`ok` with 200, or an error word as plain text."""
    try:
        webhook, room = _webhook(workspace, hook, token)
        payload = _payload(request)
        room = _chosen(payload, webhook, room)
        _check(payload, webhook)
        wait = rates.slack_wait(room, time.time())
    except Refused as refused:
        return HttpResponse(refused.word, status=refused.status, content_type="text/plain")
    if wait:
        headers = {"Retry-After": str(wait)}
        return HttpResponse("rate_limited", status=429, content_type="text/plain", headers=headers)
    name = str(payload.get("username") or webhook.label) if webhook.legacy else webhook.label
    rooms.post(room, name[:150], as_kept(payload), timezone.now())
    return HttpResponse("ok", content_type="text/plain")


def _webhook(workspace: str, hook: str, token: str) -> tuple[SandboxToken, SandboxRoom]:
    if workspace != rooms.WORKSPACE:
        raise Refused(404, "no_team")
    if not re.fullmatch(r"B[A-Z0-9]+", hook):
        raise Refused(404, "no_service_id")
    webhook = SandboxToken.objects.select_related("room").filter(hook=hook).exclude(room=None).first()
    if webhook is None or webhook.room is None:
        raise Refused(404, "no_service")
    if webhook.token != token:
        raise Refused(403, "invalid_token")
    if not webhook.active:
        raise Refused(404, "no_active_hooks")
    return webhook, webhook.room


def _payload(request: HttpRequest) -> dict[str, Any]:
    raw: str | bytes | None = request.body
    if request.content_type == "application/x-www-form-urlencoded":
        raw = request.POST.get("payload")
    try:
        payload = json.loads(raw or b"", parse_constant=_no_constant)
    except ValueError:
        raise Refused(400, "invalid_payload") from None
    if not isinstance(payload, dict):
        raise Refused(400, "invalid_payload")
    return payload


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _chosen(payload: dict[str, Any], webhook: SandboxToken, room: SandboxRoom) -> SandboxRoom:
    """Only a legacy webhook may choose where its message goes."""
    channel = payload.get("channel")
    if channel:
        room = _named(str(channel), webhook)
    if room.archived:
        raise Refused(410, "channel_is_archived")
    if room.restricted:
        raise Refused(403, "action_prohibited")
    return room


def _named(channel: str, webhook: SandboxToken) -> SandboxRoom:
    if webhook.legacy and channel.startswith("@"):
        if channel not in {f"@{person.name}" for person in PEOPLE}:
            raise Refused(400, "user_not_found")
        return rooms.slack_channel(channel)
    slack = SandboxRoom.objects.filter(service=SandboxRoom.Service.SLACK)
    room = slack.filter(name=channel.removeprefix("#")).first() if webhook.legacy else None
    if room is None:
        raise Refused(404, "channel_not_found")
    return room


def _check(payload: dict[str, Any], webhook: SandboxToken) -> None:
    try:
        check_content(payload, interactive=not webhook.legacy)
    except Unfit as unfit:
        raise Refused(400, unfit.word) from unfit
