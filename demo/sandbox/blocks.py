"""Block Kit as Slack accepts it: shapes and limits of the blocks that alerts use."""

from collections.abc import Callable
from typing import Any

from demo.sandbox.shapes import Malformed, a_flag, a_list, a_text, an_address, an_object, known_keys, one_of

MOST_BLOCKS = 50
MOST_MARKDOWN = 12_000
ID = 255


def check_blocks(value: Any, place: str = "blocks", *, interactive: bool = True) -> None:
    """Raise `Malformed` unless these blocks would be accepted. Legacy webhooks may not be `interactive`."""
    blocks = a_list(value, place, MOST_BLOCKS)
    seen: set[str] = set()
    markdown = 0
    for index, item in enumerate(blocks):
        here = f"{place}[{index}]"
        block = an_object(item, here)
        kind = one_of(block.get("type"), f"{here}.type", BLOCKS)
        if "block_id" in block:
            _unique(a_text(block["block_id"], f"{here}.block_id", ID, 1), seen, f"{here}.block_id")
        BLOCKS[kind](block, here)
        if not interactive and (kind == "actions" or "accessory" in block):
            raise Malformed(f"{here} is interactive, and a legacy webhook may not send such blocks")
        markdown += len(block["text"]) if kind == "markdown" else 0
    if markdown > MOST_MARKDOWN:
        raise Malformed(f"{place} has more than {MOST_MARKDOWN} characters of markdown")


def _unique(value: str, seen: set[str], place: str) -> None:
    if value in seen:
        raise Malformed(f"{place} {value!r} is used twice")
    seen.add(value)


def _text(value: Any, place: str, most: int, *, plain_only: bool = False) -> None:
    text = an_object(value, place)
    kind = one_of(text.get("type"), f"{place}.type", ("plain_text",) if plain_only else ("plain_text", "mrkdwn"))
    known_keys(text, place, ("type", "text"), ("emoji",) if kind == "plain_text" else ("verbatim",))
    a_text(text["text"], f"{place}.text", most, 1)
    for flag in ("emoji", "verbatim"):
        if flag in text:
            a_flag(text[flag], f"{place}.{flag}")


def _header(block: dict[str, Any], place: str) -> None:
    known_keys(block, place, ("type", "text"), ("block_id",))
    _text(block["text"], f"{place}.text", 150, plain_only=True)


def _section(block: dict[str, Any], place: str) -> None:
    known_keys(block, place, ("type",), ("block_id", "text", "fields", "accessory", "expand"))
    if "text" not in block and "fields" not in block:
        raise Malformed(f"{place} needs text or fields")
    if "text" in block:
        _text(block["text"], f"{place}.text", 3000)
    if "fields" in block:
        for index, item in enumerate(a_list(block["fields"], f"{place}.fields", 10, 1)):
            _text(item, f"{place}.fields[{index}]", 2000)
    if "accessory" in block:
        _element(block["accessory"], f"{place}.accessory", set(), ("button", "image", "overflow"))


def _context(block: dict[str, Any], place: str) -> None:
    known_keys(block, place, ("type", "elements"), ("block_id",))
    for index, item in enumerate(a_list(block["elements"], f"{place}.elements", 10, 1)):
        here = f"{place}.elements[{index}]"
        if an_object(item, here).get("type") == "image":
            _image_element(item, here)
        else:
            _text(item, here, 3000)


def _divider(block: dict[str, Any], place: str) -> None:
    known_keys(block, place, ("type",), ("block_id",))


def _actions(block: dict[str, Any], place: str) -> None:
    known_keys(block, place, ("type", "elements"), ("block_id",))
    seen: set[str] = set()
    for index, item in enumerate(a_list(block["elements"], f"{place}.elements", 25, 1)):
        _element(item, f"{place}.elements[{index}]", seen, ("button", "static_select", "overflow"))


def _image(block: dict[str, Any], place: str) -> None:
    known_keys(block, place, ("type", "alt_text", "image_url"), ("block_id", "title"))
    an_address(block["image_url"], f"{place}.image_url")
    a_text(block["alt_text"], f"{place}.alt_text", 2000, 1)
    if "title" in block:
        _text(block["title"], f"{place}.title", 2000, plain_only=True)


def _image_element(element: dict[str, Any], place: str) -> None:
    known_keys(element, place, ("type", "alt_text", "image_url"), ())
    an_address(element["image_url"], f"{place}.image_url")
    a_text(element["alt_text"], f"{place}.alt_text", 2000, 1)


def _rich_text(block: dict[str, Any], place: str) -> None:
    known_keys(block, place, ("type", "elements"), ("block_id",))
    kinds = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    for index, item in enumerate(a_list(block["elements"], f"{place}.elements", 100, 1)):
        here = f"{place}.elements[{index}]"
        one_of(an_object(item, here).get("type"), f"{here}.type", kinds)
        a_list(item.get("elements"), f"{here}.elements", 1000)


def _markdown(block: dict[str, Any], place: str) -> None:
    known_keys(block, place, ("type", "text"), ("block_id",))
    a_text(block["text"], f"{place}.text", MOST_MARKDOWN, 1)


def _element(value: Any, place: str, seen: set[str], kinds: tuple[str, ...]) -> None:
    element = an_object(value, place)
    kind = one_of(element.get("type"), f"{place}.type", kinds)
    if kind == "image":
        _image_element(element, place)
        return
    _unique(a_text(element.get("action_id"), f"{place}.action_id", ID, 1), seen, f"{place}.action_id")
    if kind == "button":
        _button(element, place)
    else:
        _menu(element, place, 5 if kind == "overflow" else 100)


def _button(element: dict[str, Any], place: str) -> None:
    optional = ("value", "url", "style", "confirm", "accessibility_label")
    known_keys(element, place, ("type", "text", "action_id"), optional)
    _text(element["text"], f"{place}.text", 75, plain_only=True)
    for key, most in (("value", 2000), ("accessibility_label", 75)):
        if key in element:
            a_text(element[key], f"{place}.{key}", most)
    if "url" in element:
        an_address(element["url"], f"{place}.url")
    if "style" in element:
        one_of(element["style"], f"{place}.style", ("primary", "danger"))
    if "confirm" in element:
        _confirm(element["confirm"], f"{place}.confirm")


def _menu(element: dict[str, Any], place: str, most: int) -> None:
    known_keys(element, place, ("type", "options", "action_id"), ("placeholder", "initial_option", "confirm"))
    for index, item in enumerate(a_list(element["options"], f"{place}.options", most, 1)):
        here = f"{place}.options[{index}]"
        option = an_object(item, here)
        known_keys(option, here, ("text", "value"), ("description", "url"))
        _text(option["text"], f"{here}.text", 75)
        a_text(option["value"], f"{here}.value", 150)


def _confirm(value: Any, place: str) -> None:
    confirm = an_object(value, place)
    known_keys(confirm, place, ("title", "text", "confirm", "deny"), ("style",))
    for key, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        _text(confirm[key], f"{place}.{key}", most, plain_only=key != "text")


BLOCKS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "divider": _divider,
    "actions": _actions,
    "image": _image,
    "rich_text": _rich_text,
    "markdown": _markdown,
}
