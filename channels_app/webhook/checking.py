"""What is wrong with a template, found when it is saved: how it is written, what it names, and what it gives."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from liquid.static_analysis import Variable
from liquid.template import BoundTemplate

from channels_app.contract import Fact, Link, Message
from channels_app.subject import Picture, Reading, Subject
from channels_app.webhook.document import Document, document
from channels_app.webhook.engine import FILTERS, BadTemplate
from channels_app.webhook.templates import check_json, compiled, line_at, rendered, visible
from channels_app.webhook.types import Escape, escape_of
from channels_app.words import SEVERITIES, AlertState, Severity, Story

# No such text is JSON by itself, so a value that stands where only a quoted one may is found.
_TEXT = 'a "text" \\ with signs <&>'
_AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_URL = "https://bellhop.example/t/ops/alerts/17/"
_ANY = ("size", "first", "last")
_FREE = ("labels", "more")


def problem_with(source: str, content_type: str) -> str:
    """A sentence on the first fault of the template, with its line; empty where it is good."""
    escape = escape_of(content_type)
    try:
        template = compiled(source, escape, True)
        _check_names(template, source)
        for trial, values in _trials():
            _try(template, escape, trial, values)
    except BadTemplate as bad:
        words = str(bad)
        return f"{words[:1].upper()}{words[1:]}."
    return ""


def _try(template: BoundTemplate, escape: Escape, trial: str, values: Document) -> None:
    hint = ""
    try:
        text = rendered(template, values)
        if escape is Escape.JSON:
            hint = "; “| json” gives a value its quotes, and null where there is none"
            check_json(text)
    except BadTemplate as bad:
        raise BadTemplate(f"{bad}, for {trial}{hint}") from None


def _check_names(template: BoundTemplate, source: str) -> None:
    known, named = visible(document(_MESSAGE)), template.analyze()
    for name, spans in named.filters.items():
        if name not in FILTERS:
            words = f"there is no filter “{name[:40]}”; known are {', '.join(FILTERS)}"
            raise BadTemplate(words, line_at(source, spans[0].index))
    for variable in chain.from_iterable(named.globals.values()):
        if unknown := _unknown(variable, known):
            raise BadTemplate(unknown, line_at(source, variable.span.index))


def _unknown(variable: Variable, known: Mapping[str, Any]) -> str:
    """What is wrong with the path, if it names what no message has."""
    here: Any = known
    path = "a message"
    for segment in variable.segments:
        if not isinstance(segment, str) or segment in _ANY or not isinstance(here, dict):
            here = here[0] if isinstance(here, list) and here else None
            continue
        if segment not in here and not path.endswith(_FREE):
            return f"{path} has no “{segment[:40]}”; it has {', '.join(here)}"
        here, path = here.get(segment), segment
    return ""


def _trials() -> Iterator[tuple[str, Document]]:
    """A message of every sort that may come, each with what it is called."""
    for story in Story:
        yield f"the event “{story}”", document(_of(story, Severity.CRITICAL))
    for severity in SEVERITIES:
        yield f"the severity “{severity}”", document(_of(Story.TRIGGERED, severity))
    yield "a test message, which has no alert", document(Message("test", Story.TEST, _TEXT, _AT))
    bare = replace(_SUBJECT, labels={}, readings=(), test="", test_slug="", violating=None, heard=None)
    yield "an alert without a value", document(replace(_MESSAGE, subject=bare, facts=(), link=None, runbook=None))


def _of(story: Story, severity: Severity) -> Message:
    if story is Story.CLEARED:
        subject = replace(_SUBJECT, cleared_at=_AT + timedelta(minutes=12), cleared_reason="recovered")
        return replace(_MESSAGE, story=story, severity=severity, state=AlertState.CLEARED, subject=subject)
    state = AlertState.ACKNOWLEDGED if story is Story.ACKNOWLEDGED else AlertState.TRIGGERED
    return replace(_MESSAGE, story=story, severity=severity, state=state)


_SUBJECT = Subject(
    key="bellhop.example/ops/17",
    number=17,
    team=_TEXT,
    team_slug="ops",
    rule=_TEXT,
    rule_id=3,
    started_at=_AT,
    url=_URL,
    view_url=_URL,
    test=_TEXT,
    test_slug="checkout",
    labels={"env": _TEXT},
    condition=_TEXT,
    acknowledged_by=_TEXT,
    assigned_to=_TEXT,
    readings=(Reading("response_time", _TEXT, 812.5), Reading("response_time", _TEXT, 640.0)),
    violating=2,
    heard=3,
)
_MESSAGE = Message(
    key="delivery-17",
    story=Story.TRIGGERED,
    headline=_TEXT,
    at=_AT,
    sender=_TEXT,
    state=AlertState.TRIGGERED,
    severity=Severity.CRITICAL,
    summary=_TEXT,
    facts=(Fact(_TEXT, _TEXT), Fact(_TEXT, _TEXT)),
    text=_TEXT,
    note=_TEXT,
    link=Link(_TEXT, _URL),
    runbook=Link(_TEXT, _URL),
    subject=_SUBJECT,
    picture=Picture(_URL, "token", _TEXT),
)
