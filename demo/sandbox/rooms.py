"""The sandbox's rooms: making them, handing out what lets somebody post there, and taking messages."""

import re
import secrets
import string
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Max

from demo.models import SandboxApp, SandboxMessage, SandboxRoom, SandboxToken

WORKSPACE = "T0SANDBOX"
KEPT = 200
FIRST_API_ID = 1147567
PERSONAL_LIFE = timedelta(days=365)
NOTIFY, VIEW, SEND, ADMIN = "send_notification", "view_room", "send_message", "admin_room"
SCOPES = (ADMIN, SEND, NOTIFY, "view_messages", VIEW)
VERSIONS = 20
CHANNEL_ID = re.compile(r"C0SBX([0-9]{5,9})")
LETTERS = string.ascii_letters + string.digits
Service = SandboxRoom.Service


class Details(TypedDict, total=False):
    """What may be said of a message beside its content: see `SandboxMessage`."""

    parent: SandboxMessage | None
    broadcast: bool
    app: SandboxApp | None
    person: str
    seen_by: str


def slack_channel(name: str) -> SandboxRoom:
    """The channel of this name, made if there is none."""
    return SandboxRoom.objects.get_or_create(service=Service.SLACK, name=name.lstrip("#"))[0]


def slack_channel_named(channel: str, *, by_name: bool = False) -> SandboxRoom | None:
    """A channel by its id, or by its name with or without #."""
    slack = SandboxRoom.objects.filter(service=Service.SLACK)
    if (number := CHANNEL_ID.fullmatch(channel)) is not None:
        return slack.filter(pk=int(number[1])).first()
    return slack.filter(name=channel.removeprefix("#")).first() if by_name else None


@transaction.atomic
def hipchat_room(name: str) -> SandboxRoom:
    """The room of this name, made with the next Room API ID if there is none."""
    newest = SandboxRoom.objects.select_for_update().exclude(api_id=None).order_by("-api_id").first()
    api_id = (newest.api_id or 0) + 1 if newest else FIRST_API_ID
    return SandboxRoom.objects.get_or_create(service=Service.HIPCHAT, name=name, defaults={"api_id": api_id})[0]


def webhook(room: SandboxRoom, label: str, *, legacy: bool = False) -> SandboxToken:
    """A Slack incoming webhook into the channel."""
    hook = "B" + _random(8).upper()
    return SandboxToken.objects.create(room=room, label=label, token=_random(24), hook=hook, legacy=legacy)


def room_token(room: SandboxRoom, label: str, *more: str) -> SandboxToken:
    """A HipChat room notification token: it may notify this one room, and what `more` scopes let it do there."""
    return SandboxToken.objects.create(
        room=room, label=label, token=_v2_token(), scopes=[NOTIFY, *more], oauth_secret=_random(40)
    )


def personal_token(label: str, scopes: list[str], now: datetime) -> SandboxToken:
    """A HipChat personal token: it acts as its owner, for a year, within the scopes chosen."""
    return SandboxToken.objects.create(
        label=label,
        token=_v2_token(),
        scopes=scopes,
        oauth_secret=_random(40),
        created_at=now,
        expires_at=now + PERSONAL_LIFE,
    )


def webhook_path(token: SandboxToken) -> str:
    """The path of a webhook's address below the sandbox's Slack."""
    return f"services/{WORKSPACE}/{token.hook}/{token.token}"


def hipchat_room_named(id_or_name: str) -> SandboxRoom | None:
    """A room by its Room API ID or its name, whatever its case."""
    rooms = SandboxRoom.objects.filter(service=Service.HIPCHAT)
    if id_or_name.isascii() and id_or_name.isdigit():
        return rooms.filter(api_id=int(id_or_name[:9])).first()
    return rooms.filter(name__iexact=id_or_name).first()


@transaction.atomic
def post(
    room: SandboxRoom, sender: str, payload: dict[str, Any], now: datetime, **details: Unpack[Details]
) -> SandboxMessage:
    """Show a message in the room; the oldest beyond the newest 200 go, with their threads."""
    SandboxRoom.objects.select_for_update().get(pk=room.pk)
    made = SandboxMessage.objects.create(
        room=room, at=now, ts=_next_ts(room, now), sender=sender, payload=payload, **details
    )
    old = SandboxMessage.objects.filter(room=room, parent=None).values_list("pk", flat=True)[KEPT:]
    SandboxMessage.objects.filter(pk__in=list(old)).delete()
    return made


def edit(message: SandboxMessage, payload: dict[str, Any], now: datetime) -> None:
    """Say something else in the same message; what it said stays in its history."""
    cards = message.payload.get("attachments") or [{}]
    was = {"at": (message.edited_at or message.at).isoformat(), "color": cards[0].get("color", "")}
    was["text"] = message.payload.get("text") or cards[0].get("fallback", "")
    message.history = [*message.history, was][-VERSIONS:]
    message.payload, message.edited_at = payload, now
    message.save(update_fields=["payload", "history", "edited_at"])


def _next_ts(room: SandboxRoom, now: datetime) -> str:
    """Seconds and microseconds as text, later than any other of the room."""
    ts = f"{int(now.timestamp())}.{now.microsecond:06d}"
    newest = SandboxMessage.objects.filter(room=room).aggregate(newest=Max("ts"))["newest"]
    if newest is None or newest < ts:
        return ts
    whole = int(newest.replace(".", "")) + 1
    return f"{whole // 1_000_000}.{whole % 1_000_000:06d}"


def _random(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def _v2_token() -> str:
    # Both cases and a digit, as every real v2 token has; a token of small letters and digits is taken for a v1 one.
    return _random(37) + secrets.choice(string.ascii_uppercase) + secrets.choice("0123456789") + "k"
