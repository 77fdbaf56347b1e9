"""Slack's response URLs: where an app answers later to what somebody did, five times within thirty minutes."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from demo.models import SandboxReply
from demo.sandbox import rooms
from demo.sandbox.contents import Unfit, as_kept, check_content
from demo.sandbox.people import known_as
from demo.sandbox.pressing import Scene, show

MOST_USES = 5
LIFE = timedelta(minutes=30)


class Refused(Exception):
    """The status and the word that Slack answers with."""

    def __init__(self, status: int, word: str) -> None:
        super().__init__(word)
        self.status, self.word = status, word


@csrf_exempt
@require_POST
def respond(request: HttpRequest, key: str) -> HttpResponse:
    """`ok`, or what is wrong."""
    try:
        payload = _payload(request)
        _answer(_used(key, timezone.now()), payload, timezone.now())
    except Refused as refused:
        return JsonResponse({"ok": False, "error": refused.word}, status=refused.status)
    except Unfit as unfit:
        return JsonResponse({"ok": False, "error": unfit.word}, status=400)
    return HttpResponse("ok", content_type="text/plain")


def _payload(request: HttpRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.body)
    except ValueError:
        raise Refused(400, "invalid_payload") from None
    if not isinstance(found, dict):
        raise Refused(400, "invalid_payload")
    return found


@transaction.atomic
def _used(key: str, now: datetime) -> SandboxReply:
    reply = SandboxReply.objects.select_for_update(of=("self",)).filter(key=key).first()
    if reply is None:
        raise Refused(404, "invalid_url")
    if now - reply.created_at > LIFE:
        raise Refused(404, "expired_url")
    if reply.used >= MOST_USES:
        raise Refused(404, "used_url")
    SandboxReply.objects.filter(pk=reply.pk).update(used=reply.used + 1)
    return SandboxReply.objects.select_related("app", "room", "message").get(pk=reply.pk)


def _answer(reply: SandboxReply, payload: dict[str, Any], now: datetime) -> None:
    if payload.get("delete_original") is True:
        if reply.message:
            reply.message.delete()
        return
    if payload.get("replace_original") is True and reply.message:
        check_content(payload)
        rooms.edit(reply.message, as_kept(payload), now)
        return
    show(Scene(reply.room, known_as(reply.person), "", now), reply.app, payload)
