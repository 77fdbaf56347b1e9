"""A look-alike of HipChat's API v2: room notifications, token checks and rooms, with its errors and flood control."""

import json
import re
import time
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from demo.models import SandboxRoom, SandboxToken
from demo.sandbox import hooks, rates, rooms
from demo.sandbox.cards import check_notification
from demo.sandbox.shapes import Malformed

TYPES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
}


class Refused(Exception):
    """The status and the sentence that HipChat answers with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


TOO_FAST = Refused(429, "Rate limit exceeded")


@csrf_exempt
def notification(request: HttpRequest, id_or_name: str) -> HttpResponse:
    """204 once posted; with `auth_test=true` 202 for a good token, and nothing is posted."""
    try:
        _method(request, "POST")
        token = _token(request)
        calls = rates.rate_limit(token, time.time())
        response = _posted(request, token, _room(id_or_name)) if calls.allowed else _refusal(TOO_FAST)
    except Refused as refused:
        return _refusal(refused)
    return _with(response, "X-Ratelimit", calls)


def _posted(request: HttpRequest, token: SandboxToken, room: SandboxRoom) -> HttpResponse:
    _allowed(token, room, rooms.NOTIFY)
    if request.GET.get("auth_test") == "true":
        return _answer(202, "success", "Accepted", "This token may use this method.")
    payload = _payload(request)
    flood = rates.flood_control(room, time.time())
    if not flood.allowed:
        return _with(_refusal(TOO_FAST), "X-FloodControl", flood)
    rooms.post(room, _sender(token, payload), payload, timezone.now())
    return _with(HttpResponse(status=204), "X-FloodControl", flood)


@csrf_exempt
def room(request: HttpRequest, id_or_name: str) -> HttpResponse:
    """What HipChat tells about a room to a token that may view rooms."""
    try:
        _method(request, "GET")
        token = _token(request)
        found = _room(id_or_name)
        _allowed(token, found, rooms.VIEW)
    except Refused as refused:
        return _refusal(refused)
    return JsonResponse(
        {
            "id": found.api_id,
            "name": found.name,
            "topic": found.topic,
            "is_archived": found.archived,
            "privacy": "public",
            "created": found.created_at.isoformat(),
            "links": {"self": request.build_absolute_uri(request.path)},
        }
    )


@csrf_exempt
def webhooks(request: HttpRequest, id_or_name: str) -> HttpResponse:
    """The webhooks of a room, and one more with POST."""
    try:
        _method(request, "GET", "POST")
        token, found = _administers(request, id_or_name)
        return hooks.listed(request, found) if request.method == "GET" else hooks.made(request, found, token)
    except Malformed as malformed:
        return _refusal(Refused(400, str(malformed)))
    except Refused as refused:
        return _refusal(refused)


@csrf_exempt
def webhook(request: HttpRequest, id_or_name: str, number: int) -> HttpResponse:
    """204 once it is removed."""
    try:
        _method(request, "DELETE")
        _, found = _administers(request, id_or_name)
        if not found.hooks.filter(pk=number).delete()[0]:
            raise Refused(404, "Webhook not found")
    except Refused as refused:
        return _refusal(refused)
    return HttpResponse(status=204)


def _administers(request: HttpRequest, id_or_name: str) -> tuple[SandboxToken, SandboxRoom]:
    token, found = _token(request), _room(id_or_name)
    if not rates.rate_limit(token, time.time()).allowed:
        raise TOO_FAST
    _allowed(token, found, rooms.ADMIN, closed=True)
    return token, found


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Any other path of the API."""
    return _refusal(Refused(404, "Not found"))


def _method(request: HttpRequest, *methods: str) -> None:
    if request.method not in methods:
        raise Refused(405, f"{request.method} is not allowed here")


def _token(request: HttpRequest) -> SandboxToken:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or request.GET.get("auth_token")
    known = SandboxToken.objects.filter(token=given, hook="", active=True).select_related("room").first()
    if not given or known is None or (known.expires_at and known.expires_at <= timezone.now()):
        raise Refused(401, "Invalid OAuth session")
    return known


def _room(id_or_name: str) -> SandboxRoom:
    found = rooms.hipchat_room_named(id_or_name)
    if found is None:
        raise Refused(404, "Room not found")
    return found


def _allowed(token: SandboxToken, room: SandboxRoom, scope: str, *, closed: bool = False) -> None:
    """Raise `Refused` unless the token may do this there; where it is `closed` too."""
    if scope not in token.scopes:
        raise Refused(403, f"This token lacks a scope; one of these would do: {scope}")
    if token.room_id not in (None, room.pk):
        raise Refused(403, "This token is for another room")
    if (room.archived or room.restricted) and not closed:
        raise Refused(403, "This room takes no messages")


def _payload(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise Refused(400, "The request body must be application/json")
    try:
        payload = json.loads(request.body)
    except ValueError:
        raise Refused(400, "The request body cannot be parsed as valid JSON") from None
    if not isinstance(payload, dict):
        raise Refused(400, "The request body must be a JSON object")
    try:
        check_notification(payload)
    except Malformed as malformed:
        raise Refused(400, str(malformed)) from malformed
    return payload


def _sender(token: SandboxToken, payload: dict[str, Any]) -> str:
    """A personal token shows its owner's name; a room token its label, with the message's own `from` beside it."""
    beside = re.sub(r"\s+", " ", str(payload.get("from") or ""))
    return token.label if token.room_id is None or not beside else f"{token.label} · {beside}"


def _with(response: HttpResponse, prefix: str, window: rates.Window) -> HttpResponse:
    response[f"{prefix}-Limit"] = str(window.limit)
    response[f"{prefix}-Remaining"] = str(window.remaining)
    response[f"{prefix}-Reset"] = str(window.reset)
    return response


def _refusal(refused: Refused) -> HttpResponse:
    return _answer(refused.status, "error", TYPES[refused.status], refused.message)


def _answer(status: int, outcome: str, kind: str, message: str) -> HttpResponse:
    return JsonResponse({outcome: {"code": status, "type": kind, "message": message}}, status=status)
