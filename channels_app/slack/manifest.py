"""What Slack's “create an app from a manifest” takes, for the installation at an address. Pure."""

from typing import Any

COMMAND = "/bellhop"
SCOPES = ("chat:write", "chat:write.public", "commands")


def manifest(base_url: str) -> dict[str, Any]:
    """The manifest of an app that posts, and calls `base_url` for buttons and commands."""
    hooks = f"{base_url.rstrip('/')}/hooks/slack"
    command = {
        "command": COMMAND,
        "url": f"{hooks}/commands/",
        "description": "List alerts, and act on them",
        "usage_hint": "list | ack 17 | assign 17 me | close 17 | mute 17 1h | who 17 | help",
        "should_escape": True,
    }
    return {
        "display_information": {
            "name": "Bellhop",
            "description": "Alerts that stay true, and can be acted on where you read them",
            "background_color": "#1f2a44",
        },
        "features": {
            "bot_user": {"display_name": "Bellhop", "always_online": False},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "interactivity": {"is_enabled": True, "request_url": f"{hooks}/actions/"},
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }
