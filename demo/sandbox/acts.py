"""What visitors of the sandbox do: choose who they are, say something, press a button, delete a message."""

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from demo.models import SandboxMessage, SandboxRoom
from demo.sandbox import hooks, pressing
from demo.sandbox.contents import blocks_of
from demo.sandbox.people import COOKIE, Person, known_as, you
from teams.values import number_in

LONGEST_LINE = 1_000


@require_POST
def be(request: HttpRequest) -> HttpResponse:
    """Be somebody else from now on."""
    return _back(request, known_as(request.POST.get("person", "")))


@require_POST
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something in a room, as the person chosen beside it."""
    room = get_object_or_404(SandboxRoom, pk=pk, archived=False)
    person = known_as(request.POST.get("person", ""))
    text = request.POST.get("text", "").strip()[:LONGEST_LINE].replace("\x00", "")
    if text and room.service == SandboxRoom.Service.HIPCHAT:
        hooks.say(room, person, text, timezone.now())
    elif text:
        pressing.say(_scene(request, room, person), text)
    return _back(request, person)


@require_POST
def press(request: HttpRequest) -> HttpResponse:
    """Press the button that is named by message, block and action."""
    try:
        number, block_id, action_id = json.loads(request.POST.get("press", ""))
    except (ValueError, TypeError):
        raise Http404 from None
    message = _message(str(number))
    block, button = _button(message.payload, block_id, action_id)
    pressing.press(_scene(request, message.room, you(request)), message, block, button)
    return _back(request)


@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    """Delete a message, as anybody may who moderates a room: Bellhop then finds it gone."""
    _message(request.POST.get("delete", "")).delete()
    return _back(request)


def _message(number: str) -> SandboxMessage:
    return get_object_or_404(SandboxMessage.objects.select_related("room", "app", "parent"), pk=number_in(number))


def _button(payload: dict[str, Any], block_id: Any, action_id: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    for block in blocks_of(payload):
        elements = [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        for element in elements if block.get("block_id") == block_id else []:
            if element.get("action_id") == action_id and element.get("type") == "button":
                return block, element
    raise Http404("The message has no such button any more.")


def _scene(request: HttpRequest, room: SandboxRoom, person: Person) -> pressing.Scene:
    return pressing.Scene(room, person, request.build_absolute_uri("/").rstrip("/"), timezone.now())


def _back(request: HttpRequest, person: Person | None = None) -> HttpResponse:
    """To the page that it was done on; who one was there, one is from now on."""
    target = request.POST.get("next", "")
    safe = target.startswith("/sandbox/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    response = redirect(target if safe else "sandbox")
    if person is not None:
        response.set_cookie(COOKIE, person.id, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE)
    return response
