"""A look-alike of Slack's Web API: posts, updates and deletes messages as a bot, and refuses in Slack's words.

As there, what an app does wrong is answered with HTTP 200, `"ok": false` and a word.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from demo.models import SandboxApp, SandboxMessage, SandboxRoom
from demo.sandbox import rates, rooms
from demo.sandbox.contents import PARTS, Unfit, as_kept, check_content, length_of

Arguments = dict[str, Any]
MOST_IN_UPDATE = 4_000
MOST_IN_BLOCKS = 9_600
WRITE, PUBLIC = "chat:write", "chat:write.public"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Refused(Exception):
    """The word that Slack answers with, and what else it tells."""

    def __init__(self, word: str, **more: Any) -> None:
        super().__init__(word)
        self.word, self.more = word, more


class TooFast(Exception):
    """How many seconds to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} s")
        self.seconds = seconds


@csrf_exempt
def method(request: HttpRequest, name: str) -> HttpResponse:
    """One call of a method by its name, such as chat.postMessage."""
    try:
        call = METHODS.get(name)
        if call is None:
            raise Refused("unknown_method", req_method=name)
        arguments = _arguments(request)
        answer = call(_app(request, arguments), arguments, request)
    except TooFast as fast:
        headers = {"Retry-After": str(fast.seconds)}
        return JsonResponse({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
    except Refused as refused:
        return JsonResponse({"ok": False, "error": refused.word, **refused.more})
    return JsonResponse({"ok": True, **answer})


def _arguments(request: HttpRequest) -> Arguments:
    """From a JSON body, or from a form, in which lists stand as JSON."""
    if request.content_type == "application/json":
        try:
            found = json.loads(request.body or b"{}")
        except ValueError:
            raise Refused("invalid_json") from None
        if not isinstance(found, dict):
            raise Refused("json_not_object")
        return found
    if request.method == "POST" and request.content_type not in FORMS and request.body:
        raise Refused("invalid_post_type")
    return {key: _from_form(key, str(value)) for key, value in {**request.GET.dict(), **request.POST.dict()}.items()}


def _from_form(key: str, value: str) -> Any:
    if key in ("reply_broadcast", "mrkdwn", "unfurl_links", "unfurl_media"):
        return value.lower() in ("1", "true")
    if key not in ("blocks", "attachments"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise _invalid(f"{key} is no JSON") from None


def _invalid(detail: str, word: str = "invalid_arguments") -> Refused:
    return Refused(word, response_metadata={"messages": [f"[ERROR] {detail}"]})


def _app(request: HttpRequest, arguments: Arguments) -> SandboxApp:
    """Whose token it is. A JSON body carries none: there it stands in the header."""
    header = request.headers.get("Authorization", "")
    in_form = "" if request.content_type == "application/json" else str(arguments.get("token") or "")
    token = header.removeprefix("Bearer ").strip() if header else in_form
    if not token:
        raise Refused("not_authed")
    app = SandboxApp.objects.filter(bot_token=token).first()
    if app is None:
        raise Refused("invalid_auth")
    if app.revoked:
        raise Refused("token_revoked")
    home = request.build_absolute_uri("/").rstrip("/")
    if home != app.home:
        SandboxApp.objects.filter(pk=app.pk).update(home=home)
    return app


def _auth_test(app: SandboxApp, arguments: Arguments, request: HttpRequest) -> dict[str, Any]:
    return {
        "url": request.build_absolute_uri("/sandbox/"),
        "team": "Sandbox",
        "user": app.name,
        "team_id": rooms.WORKSPACE,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def _post_message(app: SandboxApp, arguments: Arguments, request: HttpRequest) -> dict[str, Any]:
    _may(app, WRITE)
    room = _open_to(app, _room(_required(arguments, "channel"), by_name=True), "is_archived")
    content = _content(arguments)
    parent = _parent(room, arguments.get("thread_ts"))
    broadcast = parent is not None and arguments.get("reply_broadcast") is True
    if wait := rates.slack_wait(room, time.time()):
        raise TooFast(wait)
    details: rooms.Details = {"app": app, "parent": parent, "broadcast": broadcast}
    made = rooms.post(room, app.name, as_kept(content), timezone.now(), **details)
    return {"channel": room.channel_id, "ts": made.ts, "message": described(made)}


def _update(app: SandboxApp, arguments: Arguments, request: HttpRequest) -> dict[str, Any]:
    _may(app, WRITE)
    room = _open_to(app, _room(_required(arguments, "channel")), "is_inactive")
    message = _own(app, room, _required(arguments, "ts"), "cant_update_message")
    if len(str(arguments.get("text") or "")) > MOST_IN_UPDATE:
        raise Refused("msg_too_long")
    # As Slack does it: a text alone removes the blocks, and attachments that are not spoken of stay.
    kept = {} if "attachments" in arguments else {"attachments": message.payload.get("attachments", [])}
    content = _content({**kept, **arguments})
    tempo = rates.update_limit(app, time.time())
    if not tempo.allowed:
        raise TooFast(max(1, tempo.reset - int(time.time())))
    rooms.edit(message, as_kept(content), timezone.now())
    return {
        "channel": room.channel_id,
        "ts": message.ts,
        "text": content.get("text", ""),
        "message": described(message),
    }


def _delete(app: SandboxApp, arguments: Arguments, request: HttpRequest) -> dict[str, Any]:
    _may(app, WRITE)
    room = _room(_required(arguments, "channel"))
    message = _own(app, room, _required(arguments, "ts"), "cant_delete_message")
    ts = message.ts
    message.delete()
    return {"channel": room.channel_id, "ts": ts}


METHODS: dict[str, Callable[[SandboxApp, Arguments, HttpRequest], dict[str, Any]]] = {
    "auth.test": _auth_test,
    "chat.postMessage": _post_message,
    "chat.update": _update,
    "chat.delete": _delete,
}


def _may(app: SandboxApp, scope: str) -> None:
    if scope not in app.scopes:
        raise Refused("missing_scope", needed=scope, provided=",".join(app.scopes))


def _required(arguments: Arguments, name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise _invalid(f"missing required field: {name}" if not value else f"must be a string [json-pointer:/{name}]")
    return value


def _room(channel: str, *, by_name: bool = False) -> SandboxRoom:
    room = rooms.slack_channel_named(channel, by_name=by_name)
    if room is None:
        raise Refused("channel_not_found")
    return room


def _open_to(app: SandboxApp, room: SandboxRoom, when_archived: str) -> SandboxRoom:
    if room.archived:
        raise Refused(when_archived)
    if PUBLIC not in app.scopes and not app.rooms.filter(pk=room.pk).exists():
        raise Refused("not_in_channel")
    if room.restricted:
        raise Refused("restricted_action")
    return room


def _content(arguments: Arguments) -> dict[str, Any]:
    content = {key: arguments[key] for key in (*PARTS, "metadata") if arguments.get(key) is not None}
    try:
        check_content(content)
    except Unfit as unfit:
        word = {"invalid_payload": "invalid_arguments", "missing_text_or_fallback_or_attachments": "no_text"}
        raise _invalid(unfit.detail, word.get(unfit.word, unfit.word)) from unfit
    if length_of(content) > MOST_IN_BLOCKS:
        raise Refused("msg_blocks_too_long")
    return content


def _parent(room: SandboxRoom, ts: Any) -> SandboxMessage | None:
    if ts in (None, ""):
        return None
    found = SandboxMessage.objects.filter(room=room, ts=str(ts), seen_by="").first()
    if found is None:
        raise Refused("thread_not_found")
    if found.parent_id is not None:
        raise Refused("cannot_reply_to_message")
    return found


def _own(app: SandboxApp, room: SandboxRoom, ts: str, otherwise: str) -> SandboxMessage:
    """The message of that time, if the app may change it: its own, and none that one person alone sees."""
    found = SandboxMessage.objects.filter(room=room, ts=ts, seen_by="").first()
    if found is None:
        raise Refused("message_not_found")
    if found.app_id != app.pk:
        raise Refused(otherwise)
    return found


def described(message: SandboxMessage) -> dict[str, Any]:
    """A message as Slack's answers and payloads tell it."""
    told = {"type": "message", "ts": message.ts, "team": rooms.WORKSPACE, **message.payload}
    told.setdefault("text", "")
    if message.app:
        bot = {"user": message.app.bot_user, "bot_id": message.app.bot_id, "app_id": message.app.app_id}
        told |= {**bot, "subtype": "bot_message"} if "username" in told else bot
    else:
        told["user"] = message.person
    if message.parent:
        told |= {"thread_ts": message.parent.ts, "parent_user_id": message.parent.person}
    if message.edited_at:
        told["edited"] = {"user": told.get("user", ""), "ts": f"{message.edited_at.timestamp():.6f}"}
    return told
