"""A strict local workflow of Teams: it takes the message with one Adaptive Card that Teams draws, and keeps cards."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from demo.sandbox.shapes import Malformed, a_flag, a_list, a_text, an_address, an_object, known_keys, one_of
from tests.servers.http import Answer, Receiver, Request

SIGNATURE = "Xy3-signature-of-the-workflow-that-nobody-may-see_0"
PATH = "/workflows/0a1b2c3d4e5f60718293a4b5c6d7e8f9/triggers/manual/paths/invoke"
QUERY = f"api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"
BYTES = 28 * 1024
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
STYLES = ("default", "emphasis", "good", "attention", "warning", "accent")
COLORS = ("default", "dark", "light", "accent", "good", "warning", "attention")
SPACINGS = ("default", "none", "small", "medium", "large", "extraLarge", "padding")
ITEM = ("type", "spacing", "separator", "id", "isVisible")
KNOWN = {
    "TextBlock": ("text", "color", "isSubtle", "size", "weight", "wrap", "maxLines", "horizontalAlignment"),
    "FactSet": ("facts",),
    "ColumnSet": ("columns", "style", "bleed"),
    "Column": ("items", "width", "style"),
    "Container": ("items", "style", "bleed"),
    "Image": ("url", "altText", "size", "width"),
    "Action.OpenUrl": ("title", "url", "style"),
}


class Workflow(Receiver):
    """Takes messages at PATH?QUERY and answers 202; `cards` are those that it took."""

    def __init__(self) -> None:
        super().__init__()
        self.decide = self._answer
        self.cards: list[dict[str, Any]] = []

    def _answer(self, request: Request) -> Answer:
        place = urlsplit(request.path)
        if request.method != "POST" or place.path != PATH:
            return error(404, "WorkflowNotFound", "The workflow could not be found.")
        if place.query != QUERY:
            return error(401, "AuthorizationFailed", "The authentication credentials are not valid.")
        if len(request.body) > BYTES:
            return error(413, "RequestEntityTooLarge", "The request is too large.")
        try:
            body = json.loads(request.body)
            check(body)
        except (ValueError, Malformed) as wrong:
            return error(400, "TriggerInputSchemaMismatch", f"The input body is not as expected: {wrong}")
        self.cards.append(body["attachments"][0]["content"])
        return Answer(202, b"")


def error(status: int, code: str, words: str) -> Answer:
    """An error as workflows tell it."""
    told = {"error": {"code": code, "message": words}}
    return Answer(status, json.dumps(told).encode(), {"Content-Type": "application/json"})


def check(body: Any) -> None:
    """Raise `Malformed` unless Teams would draw this."""
    known_keys(an_object(body, "body"), "body", ("type", "attachments"), ())
    one_of(body["type"], "type", ("message",))
    for each in a_list(body["attachments"], "attachments", 1, 1):
        known_keys(an_object(each, "attachment"), "attachment", ("contentType", "contentUrl", "content"), ())
        one_of(each["contentType"], "contentType", (CONTENT_TYPE,))
        _card(an_object(each["content"], "content"))


def _card(card: dict[str, Any]) -> None:
    known_keys(card, "card", ("type", "version", "body"), ("$schema", "actions", "msteams", "fallbackText", "lang"))
    one_of(card["type"], "card.type", ("AdaptiveCard",))
    one_of(card["version"], "card.version", ("1.2", "1.3", "1.4"))
    a_text(card.get("fallbackText", ""), "fallbackText", 1_000)
    for index, each in enumerate(a_list(card["body"], "card.body", 100, 1)):
        _element(each, f"body[{index}]", ("TextBlock", "FactSet", "ColumnSet", "Container", "Image"))
    for index, each in enumerate(a_list(card.get("actions", []), "actions", 6)):
        _element(each, f"actions[{index}]", ("Action.OpenUrl",))
    known_keys(card.get("msteams", {}), "msteams", (), ("width", "entities"))
    marks = {each for text in texts(card) for each in marked(text)}
    entities = {_entity(each) for each in a_list(card.get("msteams", {}).get("entities", []), "entities", 100)}
    if marks != entities:
        raise Malformed("each mention needs its entity")


def _entity(entity: Any) -> str:
    known_keys(an_object(entity, "entity"), "entity", ("type", "text", "mentioned"), ())
    one_of(entity["type"], "entity.type", ("mention",))
    known_keys(an_object(entity["mentioned"], "mentioned"), "mentioned", ("id", "name"), ())
    if entity["text"] != f"<at>{entity['mentioned']['name']}</at>":
        raise Malformed("entity.text must be <at>name</at>")
    return str(entity["text"])


def _element(value: Any, place: str, types: tuple[str, ...]) -> None:
    each = an_object(value, place)
    kind = one_of(each.get("type"), f"{place}.type", types)
    known_keys(each, place, ("type",), (*ITEM, *KNOWN[kind]))
    one_of(each.get("style", "default"), f"{place}.style", STYLES)
    one_of(each.get("color", "default"), f"{place}.color", COLORS)
    one_of(each.get("spacing", "default"), f"{place}.spacing", SPACINGS)
    one_of(each.get("size", "default"), f"{place}.size", ("default", "small", "medium", "large", "extraLarge", "auto"))
    one_of(each.get("weight", "default"), f"{place}.weight", ("default", "lighter", "bolder"))
    for name in ("wrap", "isSubtle", "bleed", "separator"):
        a_flag(each.get(name, False), f"{place}.{name}")
    if kind == "TextBlock":
        a_text(each.get("text"), f"{place}.text", BYTES, 1)
    if kind in ("Image", "Action.OpenUrl"):
        an_address(each.get("url"), f"{place}.url")
    if kind == "Action.OpenUrl":
        a_text(each.get("title"), f"{place}.title", 200, 1)
    for index, fact in enumerate(a_list(each.get("facts", []), f"{place}.facts", 100)):
        known_keys(an_object(fact, place), f"{place}.facts[{index}]", ("title", "value"), ())
    for index, item in enumerate(a_list(each.get("items", []), f"{place}.items", 100)):
        _element(item, f"{place}.items[{index}]", ("TextBlock", "FactSet", "ColumnSet", "Container", "Image"))
    for index, column in enumerate(a_list(each.get("columns", []), f"{place}.columns", 10)):
        _element(column, f"{place}.columns[{index}]", ("Column",))


def texts(value: Any) -> Iterator[str]:
    """Every text of a card that is read as Markdown."""
    if isinstance(value, dict):
        yield from (each for name in ("text", "title", "value") if isinstance(each := value.get(name), str))
        if "entities" not in value:
            yield from (text for each in value.values() for text in texts(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in texts(each))


def marked(text: str) -> list[str]:
    """The mentions in a text."""
    return [f"<at>{part.partition('</at>')[0]}</at>" for part in text.split("<at>")[1:]]
