"""Slack apps of the sandbox's workspace: making them, also from a manifest as Slack takes it."""

import secrets
import string
from dataclasses import dataclass
from typing import Any

from demo.models import SandboxApp
from demo.sandbox.calling import is_ours
from demo.sandbox.shapes import Malformed, a_flag, a_list, a_text, an_object, known_keys

CAPITALS = string.ascii_uppercase + string.digits
SCOPES = ("chat:write", "chat:write.public", "chat:write.customize", "commands", "incoming-webhook")
DESCRIPTION, COMMAND = 2_000, 32


@dataclass(frozen=True, slots=True)
class Design:
    """What an app is to be."""

    name: str
    scopes: tuple[str, ...] = ("chat:write", "chat:write.public", "commands")
    actions_url: str = ""
    command: str = ""
    command_url: str = ""
    escapes: bool = True


def make(design: Design) -> SandboxApp:
    """The app, installed: with ids, a bot token and a signing secret of its own."""
    return SandboxApp.objects.create(
        name=design.name,
        app_id=_id("A"),
        bot_id=_id("B"),
        bot_user=_id("U"),
        bot_token=f"xoxb-sandbox-{secrets.token_hex(20)}",
        signing_secret=secrets.token_hex(16),
        scopes=list(design.scopes),
        actions_url=design.actions_url,
        command=design.command,
        command_url=design.command_url,
        escapes=design.escapes,
    )


def _id(letter: str) -> str:
    return letter + "".join(secrets.choice(CAPITALS) for _ in range(10))


def design_of(manifest: Any) -> Design:
    """What a manifest asks for; `Malformed` says what Slack would not take, or this sandbox does not have."""
    top = an_object(manifest, "manifest")
    known_keys(top, "manifest", ("display_information",), ("_metadata", "features", "oauth_config", "settings"))
    about = an_object(top["display_information"], "display_information")
    optional = ("description", "long_description", "background_color")
    known_keys(about, "display_information", ("name",), optional)
    features = an_object(top.get("features", {}), "features")
    known_keys(features, "features", (), ("bot_user", "slash_commands", "app_home"))
    name, scopes = a_text(about["name"], "display_information.name", 35, 1), _scopes(top)
    if "bot_user" not in features and scopes:
        raise Malformed("features.bot_user is needed for bot scopes")
    _bot(features.get("bot_user"))
    return _with_command(Design(name, scopes, _request_url(top)), features)


def _bot(value: Any) -> None:
    if value is not None:
        bot = an_object(value, "features.bot_user")
        known_keys(bot, "features.bot_user", ("display_name",), ("always_online",))
        a_text(bot["display_name"], "features.bot_user.display_name", 80, 1)


def _scopes(top: dict[str, Any]) -> tuple[str, ...]:
    oauth = an_object(top.get("oauth_config", {}), "oauth_config")
    scopes = an_object(oauth.get("scopes", {}), "oauth_config.scopes")
    wanted = a_list(scopes.get("bot", []), "oauth_config.scopes.bot", 255)
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        raise Malformed(f"oauth_config.scopes.bot has unknown {unknown[0]}")
    return tuple(wanted)


def _request_url(top: dict[str, Any]) -> str:
    settings = an_object(top.get("settings", {}), "settings")
    optional = ("interactivity", "org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled")
    known_keys(settings, "settings", (), optional)
    for flag in optional[1:]:
        a_flag(settings.get(flag, False), f"settings.{flag}")
    interactivity = an_object(settings.get("interactivity", {"is_enabled": False}), "settings.interactivity")
    known_keys(interactivity, "settings.interactivity", ("is_enabled",), ("request_url", "message_menu_options_url"))
    if not a_flag(interactivity["is_enabled"], "settings.interactivity.is_enabled"):
        return ""
    return _url(interactivity.get("request_url"), "settings.interactivity.request_url")


def _with_command(design: Design, features: dict[str, Any]) -> Design:
    commands = a_list(features.get("slash_commands", []), "features.slash_commands", 50)
    if not commands:
        return design
    if "commands" not in design.scopes:
        raise Malformed("features.slash_commands needs the bot scope commands")
    if len(commands) > 1:
        raise Malformed("features.slash_commands: an app of this sandbox has one command")
    place = "features.slash_commands[0]"
    first = an_object(commands[0], place)
    known_keys(first, place, ("command", "description"), ("url", "usage_hint", "should_escape"))
    command = a_text(first["command"], f"{place}.command", COMMAND, 2)
    if not command.startswith("/") or command != command.lower() or " " in command:
        raise Malformed(f"{place}.command must begin with / and have small letters and no blanks")
    a_text(first["description"], f"{place}.description", DESCRIPTION, 1)
    a_text(first.get("usage_hint", ""), f"{place}.usage_hint", 1_000)
    escapes = a_flag(first.get("should_escape", False), f"{place}.should_escape")
    url = _url(first.get("url"), f"{place}.url")
    return Design(design.name, design.scopes, design.actions_url, command, url, escapes)


def _url(value: Any, place: str) -> str:
    url = a_text(value, place, 300, 1)
    if not is_ours(url):
        raise Malformed(f"{place} must be an address of this Bellhop: the sandbox calls nobody else")
    return url
