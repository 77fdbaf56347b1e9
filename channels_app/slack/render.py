"""A message as Slack's JSON: a line of text that notifications show, and one coloured card of blocks."""

from collections.abc import Callable, Sequence
from typing import Any

from channels_app.contract import DigestLine, Fact, Message, Payload
from channels_app.prose import NAMED_LINES, digest_rows, paragraphs, rest
from channels_app.slack.markup import label_line, linked, many_lines, mentions, moment, one_line
from channels_app.slack.spec import SlackSettings
from channels_app.tones import tone_of

TEXT_LIMIT = 8_000
PLAIN_LIMIT = 3_900
HEADLINE_LIMIT = 600
SECTION_LIMIT = 2_900
FACTS_IN_BLOCK = 10
LINK_LIMIT = 900

Block = dict[str, Any]


class WithPlain(dict[str, Any]):
    """A payload whose `plain` form is made when it is first asked for: hardly any message needs it."""

    def __init__(self, payload: Payload, plain: Callable[[], Payload]) -> None:
        super().__init__(payload)
        self._plain = plain

    def __missing__(self, key: str) -> Any:
        if key != "plain":
            raise KeyError(key)
        self[key] = self._plain()
        return self[key]


def render(message: Message, settings: SlackSettings) -> Payload:
    """The body of the call, and under `plain` the simple form that is sent where Slack refuses the card."""
    ping = mentions(message.mentions)
    overrides = {"channel": settings.channel} if settings.legacy and settings.channel else {}
    blocks = _digest(message) if message.lines else _alert(message)
    headline = one_line(message.headline, HEADLINE_LIMIT)
    attachment = {"color": tone_of(message).hex, "fallback": headline, "blocks": blocks}
    calm: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False, **overrides}
    return WithPlain(
        {"body": {"text": _joined(ping, headline), "attachments": [attachment], **calm}},
        lambda: {"text": _joined(ping, many_lines("\n".join(filter(None, paragraphs(message))), PLAIN_LIMIT)), **calm},
    )


def _alert(message: Message) -> list[Block]:
    facts = message.facts[: 2 * FACTS_IN_BLOCK]
    budget = TEXT_LIMIT - 3 * HEADLINE_LIMIT
    texts = [many_lines(text, limit) for text, limit in ((message.summary, 1_500), (message.text, 1_200))]
    budget -= sum(map(len, texts))
    note = f"*Note*\n{many_lines(message.note, 700)}" if message.note else ""
    tail = _tail(message)
    budget -= len(note) + len(tail)
    fields = _fields(facts, budget)
    blocks = [_section(texts[0])]
    blocks += [_section_of(fields[start : start + FACTS_IN_BLOCK]) for start in range(0, len(fields), FACTS_IN_BLOCK)]
    blocks += [_section(texts[1]), _section(note), _context(tail)]
    return [each for each in blocks if each]


def _fields(facts: Sequence[Fact], budget: int) -> list[str]:
    """As many facts as there are, each with an equal share of `budget` characters."""
    share = max(60, min(500, budget // max(1, len(facts))))
    return [f"*{label_line(fact.label, share // 3)}*\n{one_line(fact.value, share - share // 3 - 3)}" for fact in facts]


def _digest(message: Message) -> list[Block]:
    named = message.lines[:NAMED_LINES]
    tail = _joined(one_line(rest(message), 300), _tail(message), " · ")
    summary = many_lines(message.summary, 500)
    budget = TEXT_LIMIT - 2 * HEADLINE_LIMIT - len(tail) - len(summary) - 2 * len(named)
    rows = [f"• {row}" for row in digest_rows(named, budget, _linked_number, one_line)]
    return [each for each in [_section(summary), *map(_section, _packed(rows)), _context(tail)] if each]


def _linked_number(each: DigestLine) -> str:
    return linked(each.link, LINK_LIMIT, f"#{each.number}")


def _packed(rows: Sequence[str]) -> list[str]:
    """Rows put together into texts that each fit into one section."""
    packed = [""]
    for row in rows:
        if len(packed[-1]) + len(row) + 1 > SECTION_LIMIT:
            packed.append("")
        packed[-1] += ("\n" if packed[-1] else "") + row
    return packed


def _tail(message: Message) -> str:
    parts = (linked(message.link, LINK_LIMIT), linked(message.runbook, LINK_LIMIT), moment(message.at))
    return " · ".join(filter(None, parts))


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)} if text else {}


def _section_of(fields: Sequence[str]) -> Block:
    return {"type": "section", "fields": [_mrkdwn(text) for text in fields]}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text)]} if text else {}


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _joined(first: str, second: str, joint: str = " ") -> str:
    return joint.join(filter(None, (first, second)))
