"""PagerDuty: what each of its answers means, and what its form takes."""

from dataclasses import replace

import pytest
from django.test import override_settings

from channels_app.contract import Delivered, Outcome, Reason, Rejected, Reply, RetryLater
from channels_app.pagerduty import KIND
from channels_app.pagerduty.send import BUSY_SECONDS, judge
from channels_app.pagerduty.spec import PagerDutyForm, PagerDutySettings
from tests.servers.pagerduty import KEY

SETTINGS = PagerDutySettings("https://remote.example", KEY)
PUBLIC = override_settings(BELLHOP_ALLOWED_NETWORKS=[])
BUSY = RetryLater(Reason.RATE_LIMITED, "Rate limit exceeded", BUSY_SECONDS)
INVALID = '{{"status":"invalid event","message":"Event object is invalid","errors":[{}]}}'
ANSWERS: list[tuple[Reply, Outcome]] = [
    (Reply(202, body=b'{"status":"success","message":"Event processed","dedup_key":"k"}'),
     Delivered("k", "Event processed")),
    (Reply(202, body=b'{"status":"success","dedup_key":7}'), Delivered("7", '{"status":"success","dedup_key":7}')),
    (Reply(202, body=b'{"status":"queued"}'), RetryLater(Reason.UNEXPECTED_ANSWER, '{"status":"queued"}')),
    (Reply(202, body=b"success"), RetryLater(Reason.UNEXPECTED_ANSWER, "success")),
    (Reply(202), RetryLater(Reason.UNEXPECTED_ANSWER)),
    (Reply(200, body=b'{"status":"success"}'), RetryLater(Reason.UNEXPECTED_ANSWER, '{"status":"success"}')),
    (Reply(400, body=INVALID.format('"\'payload.summary\' is missing or blank"').encode()),
     Rejected(Reason.CONTENT_REFUSED, "Event object is invalid: 'payload.summary' is missing or blank")),
    (Reply(400, body=INVALID.format('"Length of \'routing_key\' is incorrect (should be 32 characters)"').encode()),
     Rejected(Reason.BAD_CREDENTIALS,
              "Event object is invalid: Length of 'routing_key' is incorrect (should be 32 characters)")),
    (Reply(400, body=INVALID.format('"Invalid routing key", "x"').encode()),
     Rejected(Reason.BAD_CREDENTIALS, "Event object is invalid: Invalid routing key, x")),
    (Reply(400, body=INVALID.format("{}, 7").encode()), Rejected(Reason.CONTENT_REFUSED, "Event object is invalid")),
    (Reply(400, body=b"[1]"), Rejected(Reason.CONTENT_REFUSED, "[1]")),
    (Reply(429, body=b"Rate limit exceeded"), BUSY),
    (Reply(429, {"retry-after": "7"}, b"Rate limit exceeded"), replace(BUSY, after=7.0)),
    (Reply(503, body=b'{"message":"try later"}'), RetryLater(Reason.REMOTE_ERROR, "try later")),
    (Reply(403, body=f"not with {KEY}".encode()), Rejected(Reason.NOT_ALLOWED, "not with [secret]")),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "outcome"), ANSWERS)
def test_each_answer_has_its_outcome(reply: Reply, outcome: Outcome) -> None:
    assert judge(reply, SETTINGS) == outcome


def errors_of(**values: str) -> dict[str, list[str]]:
    form = PagerDutyForm({"region": "us", **values})
    return {name: [str(words) for words in found] for name, found in form.errors.items()}


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({}, "routing_key", "required"),
        (
            {"routing_key": "y_NbAkKc66ryYTWUXYEu"},
            "routing_key",
            "this one has 20 characters. A key of PagerDuty's REST",
        ),
        ({"routing_key": "-" * 32}, "routing_key", "and nothing else"),
        ({"routing_key": "two words" * 4}, "routing_key", "made of letters and digits"),
        ({"routing_key": "é" * 32, "server": "https://x.example"}, "routing_key", "made of letters and digits"),
        ({"routing_key": KEY, "region": "mars"}, "region", "mars"),
        ({"routing_key": KEY, "severity": "awful"}, "severity", "awful"),
        ({"routing_key": KEY, "server": "https://10.0.0.1/v2/enqueue"}, "server", "not allowed as a destination"),
    ],
)
@PUBLIC
def test_the_form_names_what_is_wrong(values: dict[str, str], field: str, words: str) -> None:
    found = errors_of(**values)
    assert list(found) == [field]
    assert words in found[field][0]


@pytest.mark.parametrize(
    ("values", "base"),
    [
        ({}, "https://events.pagerduty.com"),
        ({"region": "eu"}, "https://events.eu.pagerduty.com"),
        ({"server": "https://events.example.org/v2/enqueue"}, "https://events.example.org"),
        ({"server": "https://events.example.org/pd/", "routing_key": "short"}, "https://events.example.org/pd"),
    ],
)
@PUBLIC
def test_the_region_or_another_server_says_where_events_go(values: dict[str, str], base: str) -> None:
    form = PagerDutyForm({"region": "us", "routing_key": KEY, **values})
    assert form.is_valid(), form.errors
    assert KIND.spec.settings(form.config()).base == base  # type: ignore[attr-defined]


@PUBLIC
def test_lists_show_the_service_or_where_it_is() -> None:
    assert KIND.spec.target(replace(SETTINGS, service="Web shop")) == "Web shop"
    assert KIND.spec.target(SETTINGS) == "service at remote.example"
