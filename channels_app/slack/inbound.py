"""What Slack calls Bellhop with: buttons that were pressed, and slash commands; and how it is answered. Pure."""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import orjson

from channels_app.hearing import Forged, Garbled, Heard, Hearing, Person, Request, Response, Trust
from channels_app.slack.answers import answer, later, waiting
from channels_app.slack.manifest import manifest
from channels_app.slack.spec import SlackSettings
from channels_app.text import block, line

ACTIONS, COMMANDS = "actions", "commands"
DEEDS = {
    "ack": "ack {number}",
    "unack": "unack {number}",
    "assign": "assign {number} me",
    "close": "close {number}",
}
WINDOW_SECONDS = 300
MOST_FIELDS = 50
LONGEST_NAME = 100
_STAMP = re.compile(r"[0-9]{1,12}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")
_MARK = re.compile(r"[0-9a-f-]{32,36}:([0-9]{1,10})")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def trust(settings: SlackSettings) -> Trust:
    """Members count, by whom Slack says it was; without a signing secret anybody could say so."""
    return Trust.PEOPLE if settings.is_app and settings.signing_secret else Trust.NOBODY


def verify(request: Request, settings: SlackSettings, now: datetime) -> None:
    """Raise `Forged` unless the app's signing secret signed these very bytes within five minutes."""
    stamp, given = _stamp(request), request.headers.get("x-slack-signature", "")
    if not settings.signing_secret or not _STAMP.fullmatch(stamp):
        raise Forged("no timestamp that could be signed")
    if abs(now.timestamp() - int(stamp)) > WINDOW_SECONDS:
        raise Forged("a timestamp too far from now")
    if not hmac.compare_digest(_signature(settings, stamp, request.body), given.encode(errors="replace")):
        raise Forged("a wrong signature")


def read(request: Request, settings: SlackSettings) -> Heard | Response:
    """What a proven call asks; nothing for what only tells that a link was followed, and for Slack's own probes."""
    form = _form(request.body)
    if form.get("ssl_check") == "1":
        return Response()
    return _pressed(request, form) if request.door == ACTIONS else _typed(request, form)


def named_there(settings: SlackSettings, heard: Heard) -> bool:
    """Whether that is the channel that the integration posts to, by its id or its name."""
    if settings.channel.startswith("#"):
        return settings.channel[1:].casefold() == heard.place_name.casefold()
    return bool(settings.channel) and settings.channel == heard.place


def lacks(settings: SlackSettings) -> str:
    """What keeps people from acting from there."""
    if not settings.is_app:
        return "An incoming webhook cannot hear: make an app, and enter its bot token and signing secret."
    return (
        "" if settings.signing_secret else "Enter the app's signing secret: nothing else proves who pressed a button."
    )


def _stamp(request: Request) -> str:
    return request.headers.get("x-slack-request-timestamp", "")


def _signature(settings: SlackSettings, stamp: str, body: bytes) -> bytes:
    base = b"v0:" + stamp.encode() + b":" + body
    return b"v0=" + hmac.new(settings.signing_secret.encode(), base, hashlib.sha256).hexdigest().encode()


def _form(body: bytes) -> dict[str, str]:
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Garbled("no form") from None
    return {name: values[0] for name, values in found.items()}


def _typed(request: Request, form: dict[str, str]) -> Heard:
    return Heard(
        words=block(_unescaped(form.get("text", ""))),
        person=_person(form.get("team_id"), form.get("user_id"), form.get("user_name")),
        once=request.headers["x-slack-signature"],
        at=_signed_at(request),
        place=_id(form.get("channel_id")),
        place_name=_name(form.get("channel_name")),
        reply_to=form.get("response_url", ""),
    )


def _pressed(request: Request, form: dict[str, str]) -> Heard | Response:
    told = _object(form.get("payload", ""))
    if told.get("type") != "block_actions":
        return Response()
    actions = told.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    deed = DEEDS.get(str(action.get("action_id")))
    if deed is None:
        return Response()
    mark, user, channel = str(action.get("value")), _part(told, "user"), _part(told, "channel")
    found = _MARK.fullmatch(mark)
    if found is None:
        raise Garbled("a button that carries no alert")
    return Heard(
        words=deed.format(number=found[1]),
        # Who acts has one workspace, by which a command tells it too; the message may stand in a shared channel.
        person=_person(user.get("team_id") or _part(told, "team").get("id"), user.get("id"), user.get("name")),
        once=request.headers["x-slack-signature"],
        at=_signed_at(request),
        place=_id(channel.get("id")),
        place_name=_name(channel.get("name")),
        mark=mark,
        reply_to=str(told.get("response_url") or ""),
        heeds_answer=False,
    )


def _signed_at(request: Request) -> datetime:
    return datetime.fromtimestamp(int(_stamp(request)), UTC)


def _object(text: str) -> dict[str, Any]:
    try:
        told = orjson.loads(text)
    except ValueError:
        raise Garbled("a payload that is no JSON") from None
    if not isinstance(told, dict):
        raise Garbled("a payload that is no object")
    return told


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _person(workspace: object, person: object, name: object) -> Person:
    return Person(_id(workspace), _id(person), _name(name))


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Garbled("an id that is none")
    return value


def _name(value: object) -> str:
    return line(value)[:LONGEST_NAME] if isinstance(value, str) else ""


def _unescaped(text: str) -> str:
    """Slack escapes what people type, so that mentions stand out: `<@U1|ann>` stays as it is."""
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return text


HEARING = Hearing(
    trust=trust,
    verify=verify,
    read=read,
    answer=answer,
    waiting=waiting,
    later=later,
    key=lambda settings: settings.signing_secret,
    doors=(ACTIONS, COMMANDS),
    named_there=named_there,
    lacks=lacks,
    manifest=manifest,
    setup=(
        "At api.slack.com/apps choose Create New App, then From a manifest, and the workspace.",
        "Paste the manifest that Bellhop shows for Slack as JSON, press Next, then Create: it names both addresses"
        " already.",
        "Press Install to Workspace. Enter the Bot User OAuth Token (OAuth & Permissions) and the channel into an"
        " integration here.",
        "For an app that exists, enter the addresses at api.slack.com/apps: the one of buttons under Interactivity &"
        " Shortcuts, the one of commands under Slash Commands, with Escape channels, users, and links ticked.",
        "Slack must reach these addresses over https from outside.",
        "Enter the app's signing secret (Basic Information) into the integration as well: it proves who presses.",
        "Whoever presses a button for the first time is told how to connect with their account here.",
    ),
)
