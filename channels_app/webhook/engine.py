"""The language of templates: Liquid, cut down to what can neither run away nor see beyond the message.

A template is written by members of a team and filled in inside the process that sends for all teams. So there are
outputs, choices and loops over lists of the message; no arithmetic, no variables of one's own, no ranges, no clock.
Every step is counted, and every value is escaped for the type of the body.
"""

import html
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, TextIO
from urllib.parse import quote_plus

import orjson
from liquid import Environment, RenderContext
from liquid.builtin import content, illegal, output
from liquid.builtin.filters import array, misc, string
from liquid.builtin.tags import case_tag, for_tag, if_tag, unless_tag
from liquid.exceptions import LiquidError
from liquid.template import BoundTemplate
from liquid.token import Token
from liquid.undefined import StrictUndefined, Undefined, is_undefined
from liquid.utils import ReadOnlyChainMap

from channels_app.webhook.types import Escape

KB = 1024
OUTPUT_LIMIT = 64 * KB
MOST_STEPS = 5_000
MOST_WORK = 8 * OUTPUT_LIMIT  # characters that filters give, all together
DEEPEST = 10
TAGS = frozenset(("if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase", "for", "endfor"))
BEYOND = "index out of range"  # the engine's words


class BadTemplate(ValueError):
    """A template that cannot be read or filled in; its text says why, and the `line` (from 1) where it is known."""

    def __init__(self, words: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {words}" if line else words)


class TooMuch(BadTemplate):
    """A template that gives more text than any body may have."""

    def __init__(self) -> None:
        super().__init__(f"it gives more than {OUTPUT_LIMIT // KB} KB")


class Ready(str):
    """Text that is JSON already."""

    __slots__ = ()


class Context(RenderContext):
    """Counts the steps of one filling-in: nodes, look-ups and filters, and the work of these. It knows no clock, only
    the given values."""

    __slots__ = ("steps", "work")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.steps = self.work = 0
        super().__init__(*args, **kwargs)
        self.scope = ReadOnlyChainMap(self.locals, self.globals)

    @property
    def disabled_tags(self) -> list[str]:
        """Asked for by every node before it is rendered, which makes it the place to count them."""
        self._step()
        return []

    @disabled_tags.setter
    def disabled_tags(self, _: list[str]) -> None:
        """There are none: tags that are not wanted are not even known."""

    def get(self, *args: Any, **kwargs: Any) -> object:
        """A list that is shorter than the template hopes has nothing there, which is no mistake of the template's."""
        self._step()
        found = super().get(*args, **kwargs)
        beyond = issubclass(type(found), Undefined) and getattr(found, "hint", "") == BEYOND
        return None if beyond else found

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        self._step()
        return partial(self._bounded, super().filter(name, token))

    def _bounded(self, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """What a filter gives. Filters that make text longer would else do so again and again, and on long text a
        single step can take a millisecond."""
        found = function(*given, **named)
        if isinstance(found, str):
            if len(found) > OUTPUT_LIMIT:
                raise TooMuch
            self.work += len(found)
            if self.work > MOST_WORK:
                raise BadTemplate(f"its filters work on more than {MOST_WORK // KB} KB of text")
        return found

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise BadTemplate(f"it takes more than {MOST_STEPS:,} steps")


class _Template(BoundTemplate):
    context_class = Context


class _OutputNode(output.OutputNode):
    """An output that is escaped for the body it stands in."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = self.expression.evaluate(context)
        if isinstance(value, list | tuple | dict):
            words = f"{self.expression} is not a single value: take its fields one by one, or all with “| json”"
            raise LiquidError(words, token=self.token)
        env: Any = context.env
        return buffer.write(_escaped(value, env.escape))


class _Output(output.Output):
    node_class = _OutputNode


class _Environment(Environment):
    """What the language has."""

    template_class = _Template
    output_stream_limit = OUTPUT_LIMIT
    block_nesting_limit = DEEPEST
    loop_iteration_limit = MOST_STEPS

    def __init__(self, escape: Escape, undefined: type[Undefined]) -> None:
        self.escape = escape
        super().__init__(undefined=undefined)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (content.Literal, _Output, illegal.Illegal, if_tag.IfTag, unless_tag.UnlessTag, case_tag.CaseTag):
            self.add_tag(tag)
        self.add_tag(for_tag.ForTag)
        for name, function in FILTERS.items():
            self.add_filter(name, function)


def _json(value: object) -> Ready:
    if isinstance(value, Ready):
        return value
    return Ready(orjson.dumps(None if is_undefined(value) else value).decode())


FILTERS: Mapping[str, Callable[..., Any]] = {
    "json": _json,
    "default": misc.default,
    "size": misc.size,
    "first": array.first,
    "last": array.last,
    "join": array.join,
    "capitalize": string.capitalize,
    "downcase": string.downcase,
    "upcase": string.upcase,
    "strip": string.strip,
    "truncate": string.truncate,
    "url_encode": string.url_encode,
}


@lru_cache(maxsize=16)
def environment(escape: Escape, strict: bool) -> _Environment:
    return _Environment(escape, StrictUndefined if strict else Undefined)


def _escaped(value: object, escape: Escape) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else orjson.dumps(value).decode() if isinstance(value, float) else str(value)
    match escape:
        case Escape.JSON:
            return text if isinstance(value, Ready) else orjson.dumps(text).decode()[1:-1]
        case Escape.FORM:
            return quote_plus(text)
        case Escape.MARKUP:
            return html.escape(text)
        case _:
            return text
