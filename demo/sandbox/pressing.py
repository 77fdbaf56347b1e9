"""What people do in Slack: press buttons, type slash commands. It goes to the app's request URLs, signed."""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from demo.models import SandboxApp, SandboxMessage, SandboxReply, SandboxRoom
from demo.sandbox import rooms
from demo.sandbox.calling import Answer
from demo.sandbox.contents import Unfit, as_kept, check_content
from demo.sandbox.people import PEOPLE, TEAM_DOMAIN, Person
from demo.sandbox.signing import post_signed
from demo.sandbox.web_api import described

SLACKBOT = "Slackbot"
COMMAND = re.compile(r"(/\S+)\s*(.*)", re.DOTALL)
HANDLE = re.compile(rf"@({'|'.join(each.full_name for each in PEOPLE)}|\w+)", re.IGNORECASE)
CHANNEL = re.compile(r"#([a-z0-9_-]+)")
TOKEN = "deprecated"  # noqa: S105 - Slack still sends the field, and nobody should look at it


@dataclass(frozen=True, slots=True)
class Scene:
    """Who does something where, and at which address visitors see the sandbox (`http://127.0.0.1:8000`)."""

    room: SandboxRoom
    person: Person
    origin: str
    now: datetime


def say(scene: Scene, text: str) -> None:
    """Say something in a channel. What begins with a slash goes to the app that has the command."""
    found = COMMAND.fullmatch(text)
    if not found:
        _typed(scene, text)
        return
    app = SandboxApp.objects.filter(command=found[1], revoked=False).exclude(command_url="").first()
    if app is None:
        whisper(scene, f"`{_escaped(found[1])}` is not a valid command.")
        return
    typed = _typed(scene, text, scene.person.id)
    answer = post_signed(app, app.command_url, _command(scene, app, found[1], found[2]), scene.now.timestamp())
    _take(scene, app, typed, answer)


def _typed(scene: Scene, text: str, seen_by: str = "") -> SandboxMessage:
    payload = {"text": HANDLE.sub(_mention, _escaped(text))}
    person = scene.person
    return rooms.post(scene.room, person.full_name, payload, scene.now, person=person.id, seen_by=seen_by)


def _command(scene: Scene, app: SandboxApp, command: str, text: str) -> dict[str, str]:
    text = _escaped(text)
    if app.escapes:
        text = CHANNEL.sub(_channel, HANDLE.sub(lambda found: _mention(found, named=True), text))
    return {
        "token": TOKEN,
        "team_id": rooms.WORKSPACE,
        "team_domain": TEAM_DOMAIN,
        "channel_id": scene.room.channel_id,
        "channel_name": scene.room.name,
        "user_id": scene.person.id,
        "user_name": scene.person.name,
        "command": command,
        "text": text.strip(),
        "api_app_id": app.app_id,
        "is_enterprise_install": "false",
        "response_url": _response_url(scene, app, None),
        "trigger_id": _trigger(),
    }


def press(scene: Scene, message: SandboxMessage, block: dict[str, Any], button: dict[str, Any]) -> None:
    """Press a button of an app's message; nothing answers but what the app then does."""
    app = message.app
    if app is None or not app.actions_url:
        whisper(scene, "This app is not set up to hear of its buttons: it has no request URL for them.")
        return
    payload = _pressed(scene, app, message, [_action(block, button, scene.now)], _container(message, block))
    answer = post_signed(app, app.actions_url, {"payload": json.dumps(payload)}, scene.now.timestamp())
    if problem := _problem(answer):
        whisper(scene, f"“{_escaped(button['text']['text'])}” did not work: {app.name} {problem}.")


def _pressed(scene: Scene, app: SandboxApp, message: SandboxMessage, actions: Any, container: Any) -> dict[str, Any]:
    person = scene.person
    return {
        "type": "block_actions",
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": rooms.WORKSPACE},
        "api_app_id": app.app_id,
        "token": TOKEN,
        "container": container,
        "trigger_id": _trigger(),
        "team": {"id": rooms.WORKSPACE, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": scene.room.channel_id, "name": scene.room.name},
        "message": described(message),
        "state": {"values": {}},
        "response_url": _response_url(scene, app, message),
        "actions": actions,
    }


def _container(message: SandboxMessage, block: dict[str, Any]) -> dict[str, Any]:
    within = [each["id"] for each in message.payload.get("attachments") or [] if block in each.get("blocks", [])]
    place = {"type": "message_attachment", "attachment_id": within[0]} if within else {"type": "message"}
    where = {"message_ts": message.ts, "channel_id": message.room.channel_id}
    return {**place, **where, "is_ephemeral": bool(message.seen_by), "is_app_unfurl": False}


def _action(block: dict[str, Any], button: dict[str, Any], now: datetime) -> dict[str, Any]:
    names = ["type", "action_id", "text", "value", "style", "url"]
    told = {name: button[name] for name in names if name in button}
    return {**told, "block_id": block["block_id"], "action_ts": f"{now.timestamp():.6f}"}


def _response_url(scene: Scene, app: SandboxApp, message: SandboxMessage | None) -> str:
    # The address at which the app itself calls us: it trusts answers to nowhere else.
    made = SandboxReply.objects.create(
        key=secrets.token_hex(20), app=app, room=scene.room, message=message, person=scene.person.id
    )
    return f"{app.home or scene.origin}{reverse('sandbox_slack_reply', args=[made.key])}"


def _trigger() -> str:
    return f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"


def _take(scene: Scene, app: SandboxApp, typed: SandboxMessage, answer: Answer) -> None:
    """What the answer to a slash command shows: nothing, a plain text, or a message."""
    word = _problem(answer)
    if word:
        whisper(scene, f"{_escaped(app.command)} failed: {app.name} {word}.")
        return
    if not answer.body.strip():
        return
    try:
        show(scene, app, _content(answer), typed)
    except Unfit as unfit:
        whisper(scene, f"{_escaped(app.command)} failed: the answer is no message Slack knows ({unfit.word}).")


def _content(answer: Answer) -> dict[str, Any]:
    if not answer.content_type.startswith("application/json"):
        return {"text": answer.body.decode("utf-8", "replace")}
    try:
        found = json.loads(answer.body)
    except ValueError:
        raise Unfit("invalid_payload") from None
    if not isinstance(found, dict):
        raise Unfit("invalid_payload")
    return found


def show(scene: Scene, app: SandboxApp, content: dict[str, Any], typed: SandboxMessage | None = None) -> None:
    """Show an app's answer: to the one who asked, or with `in_channel` to all, and then what was typed as well."""
    response_type = content.get("response_type", "ephemeral")
    if response_type not in ("ephemeral", "in_channel"):
        raise Unfit("invalid_payload", "response_type")
    check_content(content)
    for_all = response_type == "in_channel"
    if for_all and typed is not None:
        SandboxMessage.objects.filter(pk=typed.pk).update(seen_by="")
    parent = SandboxMessage.objects.filter(room=scene.room, parent=None, ts=str(content.get("thread_ts"))).first()
    details: rooms.Details = {"app": app, "parent": parent, "seen_by": "" if for_all else scene.person.id}
    rooms.post(scene.room, app.name, as_kept(content), scene.now, **details)


def whisper(scene: Scene, text: str) -> None:
    """Slack itself says something to one person."""
    rooms.post(scene.room, SLACKBOT, {"text": text}, scene.now, seen_by=scene.person.id)


def _problem(answer: Answer) -> str:
    """What Slack says when an app did not answer as it should; empty where it did."""
    if 200 <= answer.status < 300:
        return ""
    if answer.status:
        return f"answered HTTP {answer.status} (http_service_error)"
    return "did not answer within three seconds (operation_timeout)" if answer.late else "cannot be reached"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mention(found: re.Match[str], *, named: bool = False) -> str:
    said = found[1].lower()
    person = next((each for each in PEOPLE if said in (each.name, each.full_name.lower())), None)
    if person is None:
        return found[0]
    return f"<@{person.id}|{person.name}>" if named else f"<@{person.id}>"


def _channel(found: re.Match[str]) -> str:
    room = None if found[1].isdigit() else rooms.slack_channel_named(found[1], by_name=True)
    return f"<#{room.channel_id}|{room.name}>" if room else found[0]
