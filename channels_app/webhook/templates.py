"""Templates of a web hook's body: how one is read, what it sees, and what comes of it."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson
from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidError, OutputStreamLimitError
from liquid.expression import Expression
from liquid.template import BoundTemplate

from channels_app.webhook.engine import TAGS, BadTemplate, Context, TooMuch, environment
from channels_app.webhook.types import TEMPLATE_LIMIT, Escape, escape_of

TAG_LIMIT = 300
MOST_TAGS = 500
BLANKS = " " * 40  # the engine's reader takes long over many
_ENDS = {"{{": "}}", "{%": "%}"}


def filled(source: str, content_type: str, values: Mapping[str, Any]) -> str:
    """The body that the template gives; `BadTemplate` where there is none. `values` are those of `document`."""
    text = rendered(compiled(source, escape_of(content_type), False), values)
    if escape_of(content_type) is Escape.JSON:
        check_json(text)
    return text


def rendered(template: BoundTemplate, values: Mapping[str, Any]) -> str:
    """What `template` gives, whether or not it is JSON."""
    try:
        return template.render(visible(values))
    except OutputStreamLimitError:
        raise TooMuch from None
    except LiquidError as error:
        raise _told(error) from None
    except BadTemplate:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a stranger's template makes the engine stumble over
        raise BadTemplate(f"it cannot be filled in ({type(error).__name__})") from None


def check_json(text: str) -> None:
    """`BadTemplate` unless `text` is JSON."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadTemplate(f"it gives no JSON: {error.msg} (line {error.lineno} of what it gives)") from None


@lru_cache(maxsize=64)
def compiled(source: str, escape: Escape, strict: bool) -> BoundTemplate:
    """The template, read once. A `strict` one fails where it names what is not there, else that is empty."""
    if len(source) > TEMPLATE_LIMIT:
        raise BadTemplate(f"it has {len(source):,} characters; at most {TEMPLATE_LIMIT:,} are possible")
    for count, (at, whole) in enumerate(_tags(source), start=1):
        _check_tag(source, at, whole)
        if count > MOST_TAGS:
            raise BadTemplate(f"it has more than {MOST_TAGS} tags")
    try:
        template = environment(escape, strict).from_string(source)
    except LiquidError as error:
        raise _told(error) from None
    for node in template.nodes:
        _refuse_ranges(template, node)
    return template


def line_at(source: str, index: int) -> int:
    """The line, from 1, of a place in the template."""
    return source.count("\n", 0, index) + 1


def visible(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as templates see them: empty fields where there is no alert, and labels that may have any name."""
    alert = values["alert"] or BLANK_ALERT
    return {**values, "alert": {**alert, "labels": Labels(alert["labels"])}}


class Labels(dict[str, str]):
    """Labels, empty where there is none of that name."""

    def __missing__(self, name: str) -> str:
        return ""


BLANK_ALERT: Mapping[str, Any] = {
    **dict.fromkeys(("key", "url", "view_url", "team", "team_slug", "rule", "condition", "test", "test_slug"), ""),
    **dict.fromkeys(("cleared_reason", "acknowledged_by", "assigned_to"), ""),
    **dict.fromkeys(("id", "rule_id", "started_at", "started_unix", "cleared_at", "cleared_unix")),
    **dict.fromkeys(("violating", "heard")),
    "labels": {},
    "readings": [],
}


def _tags(source: str) -> Iterator[tuple[int, str]]:
    """Where each `{{` and `{%` stands, and what is in it. The engine's own reader would take ever longer over many
    that never end."""
    at = 0
    while (at := min((found for each in _ENDS if (found := source.find(each, at)) >= 0), default=-1)) >= 0:
        begin, limit = source[at : at + 2], at + 2 + TAG_LIMIT
        end = source.find(_ENDS[begin], at + 2, limit + 2)
        if end < 0:
            words = f"“{begin}” without its “{_ENDS[begin]}” within {TAG_LIMIT} characters"
            raise BadTemplate(words, line_at(source, at))
        yield at, source[at : end + 2]
        at = end + 2


def _check_tag(source: str, at: int, whole: str) -> None:
    words = whole[2:-2].strip("-").split()
    if BLANKS in whole.replace("\n", " ").replace("\t", " "):
        raise BadTemplate(f"“{whole[:2]}” with {len(BLANKS)} blanks or more in a row", line_at(source, at))
    if not words:
        raise BadTemplate(f"“{whole[:2]}” with nothing in it", line_at(source, at))
    if whole.startswith("{%") and words[0] not in TAGS:
        known = "known are if, unless, case and for"
        raise BadTemplate(f"there is no tag “{words[0][:30]}”; {known}", line_at(source, at))


def _refuse_ranges(template: BoundTemplate, node: Node) -> None:
    for expression in node.expressions():
        _refuse_range(expression)
    for child in node.children(Context(template)):
        _refuse_ranges(template, child)


def _refuse_range(expression: Expression) -> None:
    if isinstance(expression, RangeLiteral):
        words = "a range of numbers is not possible, only lists of the message"
        raise BadTemplate(words, line_at(expression.token.source, expression.token.start_index))
    for child in expression.children():
        _refuse_range(child)


def _told(error: LiquidError) -> BadTemplate:
    token = error.token
    line = line_at(token.source, token.start_index) if token and token.start_index >= 0 else None
    return BadTemplate(str(error.message or "it cannot be read")[:200], line)
