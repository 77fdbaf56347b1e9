import json
from hashlib import sha256
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

from demo.models import SandboxMessage
from demo.sandbox import drawing
from demo.sandbox.people import known_as

register = template.Library()


@register.filter
def mrkdwn(text: Any) -> SafeString:
    """Slack's markup as safe HTML."""
    return drawing.mrkdwn(str(text or ""))


@register.filter
def slack_text(value: Any) -> SafeString:
    """A Block Kit text object as safe HTML."""
    if not isinstance(value, dict):
        return SafeString("")
    return drawing.mrkdwn(str(value.get("text", ""))) if value.get("type") == "mrkdwn" else plain(value.get("text"))


@register.filter
def plain(text: Any) -> SafeString:
    """Text without markup."""
    return escape(str(text or ""))


@register.filter
def slack_color(name: Any) -> str:
    """#rrggbb of an attachment's bar."""
    return drawing.color(str(name or ""))


@register.filter
def hipchat_message(payload: Any) -> SafeString:
    """The message of a notification as safe HTML."""
    return _hipchat(payload.get("message"), payload.get("message_format"))


@register.filter
def hipchat_description(value: Any) -> SafeString:
    """A card's description as safe HTML."""
    return _hipchat(value.get("value"), value.get("format")) if isinstance(value, dict) else _hipchat(value, "html")


def _hipchat(text: Any, form: Any) -> SafeString:
    draw = drawing.hipchat_text if form == "text" else drawing.hipchat_html
    return draw(str(text or ""))


@register.filter
def person_name(id: str) -> str:
    """What the person of that id is called."""
    return known_as(id).full_name


@register.filter
def shows_edited(message: SandboxMessage) -> bool:
    """Whether Slack would mark it as edited: where its blocks say it all, it does not."""
    return message.edited_at is not None and not message.payload.get("blocks")


@register.inclusion_tag("sandbox/slack_button.html")
def pressable(message: SandboxMessage, place: str, block: dict[str, Any], element: dict[str, Any]) -> dict[str, Any]:
    """A button that can be pressed, with the question that it asks first; a plain word where no app would hear."""
    names = json.dumps([message.pk, block.get("block_id"), element.get("action_id")])
    works = message.app_id is not None and element.get("type") == "button"
    mark = sha256(f"{place} {names}".encode()).hexdigest()[:12]
    return {"element": element, "names": names, "works": works, "mark": f"ask-{mark}"}
