"""HipChat's room webhooks: making, listing and removing them by API, and who is called when somebody speaks."""

import json
import re
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse

from demo.models import SandboxHook, SandboxRoom, SandboxToken
from demo.sandbox import rooms
from demo.sandbox.calling import Answer, is_ours
from demo.sandbox.cards import check_notification
from demo.sandbox.people import Person
from demo.sandbox.shapes import Malformed, a_text, an_object, known_keys, one_of
from demo.sandbox.signing import post_hooked

MESSAGE = "room_message"
HAPPENINGS = "archived created deleted enter exit file_upload message notification topic_change unarchived"
EVENTS = tuple(f"room_{happening}" for happening in HAPPENINGS.split())
BOT = "HipChat"
LONGEST_LINE = 1_000


def listed(request: HttpRequest, room: SandboxRoom) -> HttpResponse:
    """The room's webhooks, a page of them."""
    start, most = _number(request.GET.get("start-index"), 0), _number(request.GET.get("max-results"), 100)
    found = list(room.hooks.all()[start : start + most])
    address = request.build_absolute_uri(request.path)
    items = [{**_described(hook), "links": {"self": f"{address}/{hook.pk}"}} for hook in found]
    return JsonResponse({"items": items, "startIndex": start, "maxResults": most, "links": {"self": address}})


def made(request: HttpRequest, room: SandboxRoom, token: SandboxToken) -> HttpResponse:
    """201 with the webhook's id; `Malformed` for what HipChat would not take."""
    values = _checked(request)
    hook = SandboxHook.objects.create(room=room, token=token, **values)
    links = {"self": f"{request.build_absolute_uri(request.path)}/{hook.pk}"}
    return JsonResponse({"id": hook.pk, "links": links}, status=201)


def _checked(request: HttpRequest) -> dict[str, str]:
    try:
        payload = an_object(json.loads(request.body), "The request body")
    except ValueError:
        raise Malformed("The request body cannot be parsed as valid JSON") from None
    known_keys(payload, "webhook", ("url", "event"), ("pattern", "name", "key", "authentication"))
    values = {
        "url": a_text(payload["url"], "url", 500, 1),
        "event": one_of(payload["event"], "event", EVENTS),
        "pattern": a_text(payload.get("pattern", ""), "pattern", 200),
        "name": a_text(payload.get("name", ""), "name", 100),
        "key": a_text(payload.get("key", "none"), "key", 40, 1) if "key" in payload else "",
        "authentication": one_of(payload.get("authentication", "none"), "authentication", ("jwt", "none")),
    }
    try:
        re.compile(values["pattern"])
    except re.error:
        raise Malformed("pattern is no regular expression") from None
    if not is_ours(values["url"]):
        raise Malformed("url must be an address of this Bellhop: the sandbox calls nobody else")
    return values


def _number(text: str | None, otherwise: int) -> int:
    return min(int(text), 1_000) if text and text.isascii() and text.isdigit() else otherwise


def _described(hook: SandboxHook) -> dict[str, Any]:
    names = ("id", "url", "event", "pattern", "name", "authentication")
    told = {name: getattr(hook, name) for name in names}
    return told | ({"key": hook.key} if hook.key else {})


def say(room: SandboxRoom, person: Person, text: str, now: datetime) -> None:
    """Say something in a room; the webhooks whose pattern it matches are called, and what they answer is posted."""
    text = text[:LONGEST_LINE]
    said = {"id": str(uuid4()), "message": text, "message_format": "text", "type": "message"}
    rooms.post(room, person.full_name, said, now, person=person.id)
    for hook in room.hooks.filter(event=MESSAGE).select_related("room", "token"):
        if re.search(hook.pattern, text):
            body = json.dumps(_event(hook, person, said, now)).encode()
            _take(hook, post_hooked(hook, person, body, now.timestamp()), now)


def _event(hook: SandboxHook, person: Person, said: dict[str, str], now: datetime) -> dict[str, Any]:
    speaker = {"id": person.number, "mention_name": person.name, "name": person.full_name, "version": "1"}
    room = {"id": hook.room.api_id, "name": hook.room.name, "is_archived": hook.room.archived, "privacy": "public"}
    message = {"id": said["id"], "date": now.isoformat(), "from": speaker, "mentions": [], "type": "message"}
    item = {"message": {**message, "message": said["message"]}, "room": {**room, "version": "1", "links": {}}}
    return {
        "event": MESSAGE,
        "oauth_client_id": f"sandbox-{hook.token_id}",
        "webhook_id": hook.pk,
        "item": item,
    }


def _take(hook: SandboxHook, answer: Answer, now: datetime) -> None:
    """What a webhook answers with 200 is posted in the name of its token; after 204 nothing is."""
    if answer.status == 204:
        return
    words = f"answered HTTP {answer.status}" if answer.status else "did not answer"
    if answer.status == 200:
        try:
            payload = an_object(json.loads(answer.body), "The answer")
            check_notification(payload)
        except ValueError:
            words = "answered what is no JSON"
        except Malformed as malformed:
            words = f"answered what cannot be posted: {malformed}"
        else:
            rooms.post(hook.room, hook.token.label, payload, now)
            return
    notice = {"message": f"The webhook {hook} {words}.", "message_format": "text", "color": "gray"}
    rooms.post(hook.room, BOT, notice, now)
