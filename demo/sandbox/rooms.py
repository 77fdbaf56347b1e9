"""The sandbox's rooms: making them, handing out what lets somebody post there, and taking messages."""

import secrets
import string
from datetime import datetime, timedelta

from django.db import transaction

from demo.models import SandboxMessage, SandboxRoom, SandboxToken

WORKSPACE = "T0SANDBOX"
KEPT = 200
FIRST_API_ID = 1147567
PERSONAL_LIFE = timedelta(days=365)
NOTIFY, VIEW, SEND = "send_notification", "view_room", "send_message"
SCOPES = ("admin_room", SEND, NOTIFY, "view_messages", VIEW)
LETTERS = string.ascii_letters + string.digits
Service = SandboxRoom.Service


def slack_channel(name: str) -> SandboxRoom:
    """The channel of this name, made if there is none."""
    return SandboxRoom.objects.get_or_create(service=Service.SLACK, name=name.lstrip("#"))[0]


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


def room_token(room: SandboxRoom, label: str) -> SandboxToken:
    """A HipChat room notification token: it may notify this one room and nothing else."""
    return SandboxToken.objects.create(room=room, label=label, token=_v2_token(), scopes=[NOTIFY])


def personal_token(label: str, scopes: list[str], now: datetime) -> SandboxToken:
    """A HipChat personal token: it acts as its owner, for a year, within the scopes chosen."""
    return SandboxToken.objects.create(
        label=label, token=_v2_token(), scopes=scopes, created_at=now, expires_at=now + PERSONAL_LIFE
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


def post(room: SandboxRoom, sender: str, payload: dict[str, object], now: datetime) -> None:
    """Show a message in the room; the oldest beyond the newest 200 go."""
    SandboxMessage.objects.create(room=room, at=now, sender=sender, payload=payload)
    old = SandboxMessage.objects.filter(room=room).values_list("pk", flat=True)[KEPT:]
    SandboxMessage.objects.filter(pk__in=list(old)).delete()


def _random(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def _v2_token() -> str:
    # Both cases and a digit, as every real v2 token has; a token of small letters and digits is taken for a v1 one.
    return _random(37) + secrets.choice(string.ascii_uppercase) + secrets.choice("0123456789") + "k"
