"""What the form of a web hook takes and refuses, and that every refusal says where and what to do instead."""

from typing import Any

import pytest

from channels_app.registry import kind
from channels_app.webhook.spec import WebhookForm

URL = "https://hooks.example.org/alerts?key=SecretOfTheQuery"


def errors(**config: Any) -> dict[str, list[str]]:
    form = form_of(**config)
    return {name: [str(words) for words in found] for name, found in form.errors.items()}


def form_of(**config: Any) -> WebhookForm:
    return WebhookForm({**WebhookForm.defaults(), "url": URL, **config})


def stored(**config: Any) -> dict[str, Any]:
    form = form_of(**config)
    assert form.is_valid(), form.errors
    return form.config()


def test_an_address_is_enough() -> None:
    assert stored() == {
        "url": URL,
        "method": "POST",
        "auth": "none",
        "body": "generic",
        "content_type": "application/json",
    }


def test_lists_show_the_host_alone() -> None:
    spec = kind("webhook").spec
    settings = spec.settings(stored())
    assert spec.target(settings) == "webhook at hooks.example.org"
    assert {URL, "SecretOfTheQuery"} <= set(spec.secrets(settings))
    assert "alerts" not in spec.secrets(settings)


@pytest.mark.parametrize(
    ("config", "field", "words"),
    [
        ({"auth": "basic", "user": "ann"}, "password", "The authentication that is chosen needs the password."),
        ({"auth": "basic", "password": "x"}, "user", "The authentication that is chosen needs the user."),
        ({"auth": "bearer"}, "token", "The authentication that is chosen needs the token."),
        ({"auth": "basic", "user": "a:b", "password": "x"}, "user", "holds no colon"),
        ({"auth": "basic", "user": "a", "password": "x\ty"}, "password", "no control characters"),
        ({"auth": "bearer", "token": "a b"}, "token", "copy it again"),
        ({"auth": "bearer", "token": "x", "headers": "authorization: y"}, "headers", "Authorization is there already"),
        ({"auth": "digest"}, "auth", "not one of the available choices"),
        ({"method": "GET"}, "method", "not one of the available choices"),
        ({"body": "xml"}, "body", "not one of the available choices"),
        ({"secret": "short"}, "secret", "at least 16 characters; this one has 5"),
        ({"previous_secret": "x" * 20}, "secret", "Give the present signing secret too"),
        ({"secret": "x" * 20, "previous_secret": "x" * 20}, "previous_secret", "the same as the present one"),
        ({"body": "template"}, "template", "Write a template, or choose another body."),
        ({"template": "x" * 16_385}, "template", "at most 16384 characters"),
        ({"content_type": "json"}, "content_type", "Give a type such as application/json"),
        ({"content_type": "text/plain; charset=latin-1"}, "content_type", "without parameters"),
        ({"url": "http://hooks.example.org/x"}, "url", "Begin the address with https://"),
        ({"url": "https://ann:pw@hooks.example.org/x"}, "url", "Leave the user name and password out"),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(config: dict[str, Any], field: str, words: str) -> None:
    found = errors(**config)
    assert list(found) == [field]
    assert words in found[field][0]


def test_what_the_authentication_does_not_need_is_not_kept() -> None:
    config = stored(auth="bearer", token="abc", user="ann", password="left over")
    assert config.keys() & {"user", "password", "token"} == {"token"}
    assert not stored(token="abc", password="x").keys() & {"user", "password", "token"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("X-Team: ops", "X-Team: ops"),
        (" x-a :  1 \r\n\r\nx-b:2\n", "x-a: 1\nx-b: 2"),
        (["X-A: 1", "X-B: a: b"], "X-A: 1\nX-B: a: b"),
        ("User-Agent: bell\nCookie: a=b", "User-Agent: bell\nCookie: a=b"),
    ],
)
def test_headers_are_kept_a_line_each(given: Any, kept: str) -> None:
    config = stored(headers=given)
    assert config["headers"] == kept
    assert stored(**config) == config


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ("nonsense", "Line 1: write a header as “Name: value”"),
        ("X-A: 1\n: 2", "Line 2: write a header as “Name: value”"),
        ("X A: 1", "Line 1: write a header as “Name: value”"),
        ("X-É: 1", "Line 1: write a header as “Name: value”"),
        ("X" * 101 + ": 1", "Line 1: write a header as “Name: value”"),
        ("X-A:", "Line 1: the value of X-A must be 1 to 1,000 printable ASCII characters."),
        ("X-A: é", "the value of X-A must be"),
        ("X-A: a\x0bb", "the value of X-A must be"),
        ("X-A: a\rX-B: b", "the value of X-A must be"),
        ("X-A: " + "x" * 1_001, "the value of X-A must be"),
        ("X-A: 1\nx-a: 2", "The header X-A is there twice."),
        ("\n".join(f"X-{number}: 1" for number in range(21)), "21 headers: at most 20 are possible."),
        *(
            (f"{name}: x", f"Line 1: the header {name} is Bellhop's own to set.")
            for name in (
                *("Host", "Content-Length", "content-type", "TRANSFER-ENCODING", "Connection", "Upgrade", "TE"),
                *("Expect", "Trailer", "Keep-Alive", "Proxy-Authorization", "Bellhop-Signature", "bellhop-id"),
            )
        ),
    ],
)
def test_a_header_that_cannot_be_sent_is_named_by_its_line(headers: str, words: str) -> None:
    found = errors(headers=headers)["headers"][0]
    assert words in found


def test_no_error_repeats_a_headers_value() -> None:
    assert "SecretValue" not in str(errors(headers="Host: SecretValue\nX-A: SecretValué"))


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ('{"a": "{{ summry }}"}', "Line 1: a message has no “summry”; it has version, id, event"),
        ('{\n"a": "{{ alert.foo }}"}', "Line 2: alert has no “foo”; it has key, id, url"),
        ('{"a": "{{ alert.readings[0].valu }}"}', "Line 1: readings has no “valu”; it has metric, source, value"),
        (
            '{"a":\n\n"{% for r in facts %}{{ r.x }}{% endfor %}"}',
            "Line 3: r.x is undefined, for the event “triggered”.",
        ),
        ('{"a": "{{ headline | nothing }}"}', "Line 1: there is no filter “nothing”; known are json, default"),
        ('{"a": "{{ alert.readings }}"}', "Line 1: alert.readings is not a single value: take its fields one by one"),
        ("{% if severity %}", "Expected tag endif"),
        ("{% assign x = 1 %}", "Line 1: there is no tag “assign”; known are if, unless, case and for."),
        ("\n\n{{ headline", "Line 3: “{{” without its “}}” within 300 characters."),
        ("{{ (1..9) | join }}", "Line 1: a range of numbers is not possible, only lists of the message."),
        ('{"a": {{ summary }}}', "It gives no JSON: unexpected character"),
        (
            '{"a": {{ alert.id }}}',
            "for a test message, which has no alert; “| json” gives a value its quotes, and null",
        ),
        ('{"a": {{ facts | json }},}', "It gives no JSON: trailing comma is not allowed (line 1 of what it gives)"),
        ("{{ headline }}", "It gives no JSON"),
        ("{{ (1..9", "Line 1: "),
        ("{{ }}", "Line 1: “{{” with nothing in it."),
        ("{{ 'a }}", "Line 1: "),
    ],
)
def test_a_template_is_tried_when_it_is_saved(template: str, words: str) -> None:
    found = errors(body="template", template=template)
    assert list(found) == ["template"]
    assert words in found["template"][0]


@pytest.mark.parametrize(
    "template",
    [
        '{"text": "{{ headline }}"}',
        "{{ alert | json }}",
        '{"v": {{ alert.readings[0].value | json }}, "env": "{{ alert.labels.env }}"}',
        '{"x": "{{ alert.labels[severity] }}"}\n',
        "[{% for r in alert.readings %}{{ r | json }}{% unless forloop.last %},{% endunless %}{% endfor %}]",
        '{"a": "{% case severity %}{% when "critical" %}1{% else %}2{% endcase %}"}',
        '{"a": {{ alert.cleared_unix | default: 0 }}, "b": {{ alert.readings.size }}, "c": "{{ facts.first.label }}"}',
        '{"é": "{{ headline | truncate: 20 | upcase }}"}',
    ],
)
def test_a_template_that_always_gives_json_is_taken_and_kept_as_it_is(template: str) -> None:
    assert stored(body="template", template=template)["template"] == template


def test_a_template_of_another_type_need_not_give_json() -> None:
    assert stored(body="template", template="{{ headline }}", content_type="Text/Plain")["content_type"] == "text/plain"


def test_a_template_stays_while_another_body_is_chosen_and_lines_may_be_a_list() -> None:
    config = stored(body="generic", template=["{", "{{ not.looked.at }}", "}"])
    assert config["template"] == "{\n{{ not.looked.at }}\n}"
