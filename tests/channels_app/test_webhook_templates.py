"""Templates of a team's own: they can name all of the message, nothing else, and cost next to nothing."""

import json
import subprocess
import sys
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import Message, Reason, Rejected
from channels_app.doors import run
from channels_app.registry import kind
from channels_app.subject import Reading
from channels_app.webhook.engine import MOST_STEPS, BadTemplate
from channels_app.webhook.templates import compiled, filled
from channels_app.webhook.types import Escape
from channels_app.words import Story
from tests.channels_app.bombs import BOMBS, ESCAPES
from tests.channels_app.samples import CLEARED, MESSAGES, SUBJECT, TEST, TRIGGERED
from tests.channels_app.test_untrusted_text import TEXT, many
from tests.work import Work, least_seconds

ROOT = Path(__file__).resolve().parents[2]
WEBHOOK = kind("webhook")
READINGS = tuple(Reading(f"metric{number}", f"source{number}", number / 2) for number in range(50))
LABELS = {f"label{number}": "v" * 200 for number in range(50)}
HUGE = replace(TRIGGERED, text='<&"x' * 1_000, subject=replace(SUBJECT, readings=READINGS, labels=LABELS))
LONGEST_READING = 0.4  # seconds of the processor
MOST_CALLS = 2_000_000  # of functions
MOST_MEMORY = 16 * 1024 * 1024


def payload(template: str, message: Message = TRIGGERED, content_type: str = "application/json") -> Any:
    config = {"url": "https://hooks.example.org/x", "body": "template", "template": template}
    settings = WEBHOOK.spec.settings({**config, "content_type": content_type})
    return WEBHOOK.render(message, settings)


def given_by(template: str, message: Message = TRIGGERED, content_type: str = "text/plain") -> str:
    found = payload(template, message, content_type)
    assert found["problem"] == ""
    return str(found["body"])


def test_a_template_names_what_the_generic_body_holds() -> None:
    template = """{
      "title": "{{ headline }}",
      {% if event == "cleared" %}"over": true,{% else %}"over": false,{% endif %}
      "value": {{ alert.readings[0].value | json }},
      "env": "{{ alert.labels.env | upcase }}",
      "none": "{{ alert.labels.nothing }}",
      "where": [
        {% for each in alert.readings %}"{{ each.source }}"{% unless forloop.last %}, {% endunless %}{% endfor %}
      ],
      "facts": {{ facts | json }}
    }"""
    told = json.loads(payload(template)["body"])
    assert told["title"] == "#17 critical: Slow checkout on Checkout"
    assert (told["over"], told["value"], told["env"], told["none"]) == (False, 812.5, "LIVE", "")
    assert told["where"] == ["fra1", "ams2"]
    assert told["facts"][0] == {"label": "Value", "value": "response_time 812.5 > 500"}
    assert json.loads(payload(template, CLEARED)["body"])["over"] is True
    assert json.loads(payload(template, TEST)["body"])["value"] is None


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", '<b> &amp; \\"x\\" \\\\ 7%'),
        ("application/cloudevents+json", '<b> &amp; \\"x\\" \\\\ 7%'),
        ("application/x-www-form-urlencoded", "%3Cb%3E+%26amp%3B+%22x%22+%5C+7%25"),
        ("application/xml", "&lt;b&gt; &amp;amp; &quot;x&quot; \\ 7%"),
        ("text/html", "&lt;b&gt; &amp;amp; &quot;x&quot; \\ 7%"),
        ("text/plain", '<b> &amp; "x" \\ 7%'),
    ],
)
def test_values_are_escaped_for_the_type_of_the_body(content_type: str, expected: str) -> None:
    message = replace(TRIGGERED, headline='<b> &amp; "x" \\ 7%')
    wrap = '{"a": "%s"}' if "json" in content_type else "%s"
    assert given_by(wrap % "{{ headline }}", message, content_type) == wrap % expected


@many
@given(TEXT, st.sampled_from(["{{ headline }}", "{{ headline | upcase }}", "{{ headline | truncate: 30 }}"]))
def test_no_text_can_end_the_string_it_stands_in(text: str, output: str) -> None:
    template = '{"first": "%s", "second": {{ headline | json }}, "end": 1}' % output  # noqa: UP031
    told = json.loads(payload(template, replace(TRIGGERED, headline=text))["body"])
    assert told.keys() == {"first", "second", "end"}
    assert told["end"] == 1
    if output == "{{ headline }}":
        assert told["first"] == told["second"]


def test_what_is_json_already_is_escaped_where_the_body_is_not_json() -> None:
    message = replace(TRIGGERED, headline='<b>"')
    assert given_by("{{ headline | json }}", message, "text/html") == "&quot;&lt;b&gt;\\&quot;&quot;"


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_no_harm(name: str) -> None:
    template = BOMBS[name][: 16 * 1024]
    compiled.cache_clear()
    with Work() as work:
        found = payload(template, HUGE, "text/plain")
    compiled.cache_clear()
    tracemalloc.start()
    payload(template, HUGE, "text/plain")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found["problem"].startswith("the template ") or len(found["body"]) <= 64 * 1024
    assert most < MOST_MEMORY
    assert work.calls < MOST_CALLS


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_at_once(name: str) -> None:
    """Calls do not show it: tags are looked for by patterns, and a bad one goes back and forth within one call."""

    def read() -> None:
        compiled.cache_clear()
        with suppress(BadTemplate):
            compiled(BOMBS[name][: 16 * 1024], Escape.NOTHING, False)

    assert least_seconds(read) < LONGEST_READING


@pytest.mark.parametrize("name", ESCAPES)
def test_an_escape_sees_nothing(name: str) -> None:
    found = payload(ESCAPES[name], HUGE, "text/plain")
    assert found["body"] in ("", "false")
    assert found["problem"] == "" or found["problem"].startswith("the template ")


def test_all_bombs_together_cost_hardly_more_than_the_worst() -> None:
    compiled.cache_clear()
    with Work() as work:
        for template in (*BOMBS.values(), *ESCAPES.values()):
            payload(template[: 16 * 1024], HUGE, "text/plain")
    assert work.calls < 2 * MOST_CALLS


def test_a_template_that_fails_is_told_with_its_line_and_nothing_is_sent() -> None:
    settings = WEBHOOK.spec.settings(
        {"url": "https://hooks.example.org/x", "body": "template", "template": '{\n"a": {{ facts }}\n}'}
    )
    outcome, calls = run(WEBHOOK.send(WEBHOOK.render(TRIGGERED, settings), settings, ""))
    assert calls == []
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.CONTENT_REFUSED
    assert outcome.words.startswith("the template cannot be used: line 2: facts is not a single value")


def test_what_is_no_json_is_not_sent() -> None:
    found = payload('{"a": {{ summary }}\n, "b": }')
    assert found["problem"].startswith("the template cannot be used: it gives no JSON: ")
    assert found["problem"].endswith("(line 1 of what it gives)")


@pytest.mark.parametrize("message", MESSAGES.values(), ids=list(MESSAGES))
def test_what_no_message_has_is_empty_when_it_is_sent(message: Message) -> None:
    assert given_by("[{{ alert.labels.x }}{{ nothing.of.it }}{{ alert.readings[99].value }}]", message) == "[]"


def test_steps_are_counted_over_the_whole_template() -> None:
    just_enough = "{% for a in alert.readings %}{% for b in alert.readings %}{% endfor %}{% endfor %}"
    assert given_by(just_enough, HUGE) == ""
    with pytest.raises(BadTemplate, match=f"more than {MOST_STEPS:,} steps"):
        filled(just_enough.replace("%}{% endfor", "%}xx{{ 1 }}{% endfor", 1), "text/plain", _document(HUGE))


def test_who_uses_no_template_has_no_engine_in_memory() -> None:
    ask = "import sys, django; django.setup(); import channels_app.registry; print('liquid' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout == "False\n"


def test_a_template_is_read_once() -> None:
    compiled.cache_clear()
    for _ in range(3):
        given_by("{{ headline }}")
    assert compiled.cache_info().misses == 1


def _document(message: Message) -> Any:
    from channels_app.webhook.document import document

    return document(replace(message, story=Story.TRIGGERED))
