"""The demo's places in the sandbox: both of Slack's and HipChat's ways to be set up, two of them in both directions."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from channels_app.hearing import Person
from channels_app.hipchat.webhooks import EVENT, NAME, PATTERN
from channels_app.slack.manifest import manifest
from deliveries.hearing import people
from demo import scenery
from demo.models import SandboxApp, SandboxHook, SandboxRoom, SandboxToken
from demo.sandbox import apps, rooms
from demo.sandbox.people import ANN
from integrations import hooks
from integrations.models import Integration
from teams.models import User

SENDER = "Bellhop"
OPERATIONS, NIGHT = "Operations", "Night shift"


def places(base_url: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Integration name -> its kind and config, for a sandbox that answers at `base_url`."""
    night, operations = _room_token(NIGHT), _room_token(OPERATIONS, rooms.ADMIN)
    url = f"{base_url}/sandbox/hipchat/v2/room/{_api_id(night)}/notification?auth_token={night.token}"
    server = {"server": f"{base_url}/sandbox/hipchat", "room": str(_api_id(operations)), "token": operations.token}
    return {
        scenery.SLACK_OPS: ("slack", _by_app(base_url, "#ops")),
        scenery.SLACK_RANDOM: ("slack", {"url": _webhook(base_url, "random"), "channel": "#random"}),
        scenery.HIPCHAT_OPS: ("hipchat", {**server, "actions": "allow"}),
        scenery.HIPCHAT_NIGHT: ("hipchat", {"url": url, "token": night.token}),
    }


def connect(owner: User, found: dict[str, Integration], base_url: str, now: datetime) -> None:
    """Let the chats call back: the room's webhook, and Ann as whom the owner is known in Slack."""
    _register(found[scenery.HIPCHAT_OPS], base_url)
    person = Person(rooms.WORKSPACE, ANN.id, ANN.full_name)
    if people.identity_of(found[scenery.SLACK_OPS], person) is None:
        people.connect(owner, found[scenery.SLACK_OPS], person, now)


def lead(found: dict[str, Integration], base_url: str) -> None:
    """Let the chats call Bellhop where it is now."""
    design = _design(base_url)
    SandboxApp.objects.filter(name=SENDER).update(actions_url=design.actions_url, command_url=design.command_url)
    if scenery.HIPCHAT_OPS in found:
        _register(found[scenery.HIPCHAT_OPS], base_url)


def _by_app(base_url: str, channel: str) -> dict[str, Any]:
    rooms.slack_channel(channel)
    app = SandboxApp.objects.filter(name=SENDER).order_by("pk").first() or apps.make(_design(base_url))
    server = f"{base_url}/sandbox/slack/api"
    return {"bot_token": app.bot_token, "signing_secret": app.signing_secret, "channel": channel, "server": server}


def _design(base_url: str) -> apps.Design:
    return apps.design_of(manifest(base_url))


def _webhook(base_url: str, channel: str) -> str:
    room = rooms.slack_channel(channel)
    hook = SandboxToken.objects.filter(room=room, label=SENDER).first() or rooms.webhook(room, SENDER)
    return f"{base_url}/sandbox/slack/{rooms.webhook_path(hook)}"


def _room_token(name: str, *more: str) -> SandboxToken:
    room = rooms.hipchat_room(name)
    return SandboxToken.objects.filter(room=room, label=SENDER).first() or rooms.room_token(room, SENDER, *more)


def _api_id(token: SandboxToken) -> int:
    return SandboxRoom.objects.values_list("api_id", flat=True).get(tokens=token) or 0


def _register(integration: Integration, base_url: str) -> None:
    """As Bellhop registers it by API; but while the demo is planted, nobody answers yet."""
    token = _room_token(OPERATIONS, rooms.ADMIN)
    url = f"{base_url}{reverse('hook', args=[integration.kind, hooks.secret_of(integration)])}"
    values = {"url": url, "event": EVENT, "pattern": PATTERN, "authentication": "none"}
    SandboxHook.objects.update_or_create(room_id=token.room_id, token=token, name=NAME, defaults=values)
