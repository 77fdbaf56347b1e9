"""HipChat's room notifications and cards: their fields and limits."""

from typing import Any

from demo.sandbox.shapes import Malformed, a_list, a_text, an_address, an_object, one_of

COLORS = ("yellow", "green", "red", "purple", "gray", "random")
FORMATS = ("html", "text")
STYLES = ("file", "image", "application", "link", "media")
LOZENGES = tuple("lozenge" + end for end in ("", "-success", "-error", "-current", "-complete", "-moved"))


def check_notification(payload: dict[str, Any]) -> None:
    """Raise `Malformed` unless HipChat would post this."""
    if "message" not in payload:
        raise Malformed("Field 'message' is required")
    a_text(payload["message"], "message", 10_000, 1)
    one_of(payload.get("message_format", "html"), "message_format", FORMATS)
    one_of(payload.get("color", "yellow"), "color", COLORS)
    if payload.get("notify", False) not in (True, False, "true", "false"):
        raise Malformed("notify must be true or false")
    a_text(payload.get("from", ""), "from", 64)
    a_text(payload.get("attach_to", ""), "attach_to", 36)
    if payload.get("card") is not None:
        check_card(an_object(payload["card"], "card"))


def check_card(card: dict[str, Any]) -> None:
    one_of(card.get("style"), "card.style", STYLES)
    a_text(card.get("id"), "card.id", 255, 1)
    a_text(card.get("title"), "card.title", 500, 1)
    if "url" in card:
        an_address(card["url"], "card.url")
    if "format" in card:
        one_of(card["format"], "card.format", ("compact", "medium"))
    _description(card.get("description", ""))
    if "thumbnail" in card:
        _picture(an_object(card["thumbnail"], "card.thumbnail"), "card.thumbnail")
    _icon(card.get("icon"), "card.icon")
    if "activity" in card:
        activity = an_object(card["activity"], "card.activity")
        a_text(activity.get("html"), "card.activity.html", 10_000, 1)
        _icon(activity.get("icon"), "card.activity.icon")
    for index, item in enumerate(a_list(card.get("attributes", []), "card.attributes", 50)):
        _attribute(an_object(item, f"card.attributes[{index}]"), f"card.attributes[{index}]")


def _description(value: Any) -> None:
    if isinstance(value, dict):
        one_of(value.get("format"), "card.description.format", FORMATS)
        value = value.get("value")
    a_text(value, "card.description", 10_000)


def _picture(value: dict[str, Any], place: str) -> None:
    an_address(value.get("url"), f"{place}.url")
    if "url@2x" in value:
        an_address(value["url@2x"], f"{place}.url@2x")


def _icon(value: Any, place: str) -> None:
    if isinstance(value, str):
        an_address(value, place)
    elif value is not None:
        _picture(an_object(value, place), place)


def _attribute(attribute: dict[str, Any], place: str) -> None:
    if "label" in attribute:
        a_text(attribute["label"], f"{place}.label", 250)
    value = an_object(attribute.get("value"), f"{place}.value")
    a_text(value.get("label"), f"{place}.value.label", 250, 1)
    if "url" in value:
        an_address(value["url"], f"{place}.value.url")
    if "style" in value:
        one_of(value["style"], f"{place}.value.style", LOZENGES)
    _icon(value.get("icon"), f"{place}.value.icon")
