"""Every message names the alert, rule, test, severity, values against thresholds, sources, and since when."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels_app.words import AlertState, Severity, Story
from deliveries.contents import Content
from deliveries.digests import digest_of
from deliveries.messages import message_of, untold_note
from deliveries.planning import Waiting, named
from tests.conftest import NOW

SNAPSHOT: dict[str, Any] = {
    "rule": "Too slow",
    "test": "Checkout",
    "interval": 60,
    "text": "response_time > 500 and loss >= 2; 1 of 1 round, any sources, at least 1 source",
    "conditions": [
        {"metric": "response_time", "operator": ">", "threshold": 500.0, "text": "response_time > 500"},
        {"metric": "loss", "operator": ">=", "threshold": 2.0, "text": "loss >= 2"},
    ],
    "message": "Call Bob",
    "runbook": "https://runbooks.example.com/slow",
    "start": {"sources": {"fra1": {"response_time": 812.5, "loss": 3}}, "violating": 1, "heard": 4},
}
EVIDENCE = {
    "sources": {"fra1": {"response_time": 812.5, "loss": 3}, "lon1": {"response_time": 640.0}},
    "violating": 2,
    "heard": 5,
}
TRIGGERED = Content(
    delivery_id=7,
    recipient="",
    again=False,
    told_before=False,
    event_type="triggered",
    event_at=NOW,
    event_severity="critical",
    event_actor="Bellhop",
    detail=EVIDENCE,
    number=17,
    state="triggered",
    severity="critical",
    started_at=NOW,
    cleared_at=None,
    cleared_reason="",
    cleared_text="",
    acknowledged_by="",
    acknowledged_at=None,
    assigned_name="",
    assigned_email="",
    snapshot=SNAPSHOT,
    labels={"env": "live"},
    rule_id=3,
    test_slug="checkout",
    team_name="Ops",
    team_slug="ops",
)
END = NOW + timedelta(minutes=12)
CLEARED = replace(
    TRIGGERED,
    event_type="cleared",
    event_at=END,
    state="cleared",
    cleared_at=END,
    cleared_reason="recovered",
    told_before=True,
    detail={
        "reason": "recovered",
        "text": "",
        "sources": {"fra1": {"response_time": 95.0}},
        "violating": 0,
        "heard": 5,
    },
)


def facts(content: Content) -> dict[str, str]:
    return {fact.label: fact.value for fact in message_of(content, "", content.event_at).facts}


def test_a_trigger_says_all_that_one_needs() -> None:
    message = message_of(TRIGGERED, "", NOW)

    assert message.headline == "#17 CRITICAL: Too slow on Checkout"
    assert (message.story, message.state, message.severity) == (
        Story.TRIGGERED,
        AlertState.TRIGGERED,
        Severity.CRITICAL,
    )
    assert (message.sender, message.key, message.at) == ("Ops", "delivery-7", NOW)
    assert message.text == "Call Bob"
    assert message.runbook is not None
    assert message.runbook.url == "https://runbooks.example.com/slow"
    assert message.link is not None
    assert message.link.url.endswith("/t/ops/views/checkout/?at=2026-03-02T12:00:00Z")
    assert facts(TRIGGERED) == {
        "Severity": "Critical",
        "Rule": "Too slow",
        "Test": "Checkout",
        "response_time > 500": "812.5 from fra1, 640 from lon1",
        "loss >= 2": "3 from fra1",
        "Sources": "2 of 5 violating: fra1, lon1",
        "Since": "2026-03-02 12:00 UTC",
    }


def test_a_clear_says_how_long_it_lasted_and_why_it_ended() -> None:
    message = message_of(CLEARED, "", END)

    assert message.headline == "#17 CLEARED (critical): Too slow on Checkout"
    assert message.summary == "It recovered after 12 min."
    assert message.state is AlertState.CLEARED
    assert message.link is not None
    assert message.link.url.endswith("?at=2026-03-02T12:12:00Z")
    assert facts(CLEARED) | {"Lasted": "12 min", "Cleared": "2026-03-02 12:12 UTC: It recovered"} == facts(CLEARED)
    assert facts(CLEARED)["response_time > 500"] == "95 from fra1"


def test_a_clear_of_what_was_never_told_says_so() -> None:
    message = message_of(replace(CLEARED, told_before=False), "", END)

    assert "triggered at 2026-03-02 12:00 UTC and cleared at 2026-03-02 12:12 UTC" in message.summary


def test_a_clear_by_hand_names_the_hand_and_its_words() -> None:
    by_hand = replace(CLEARED, cleared_reason="closed_by_hand", cleared_text="planned work", event_actor="Ann")

    assert message_of(by_hand, "", END).summary == "It was closed by hand by Ann (planned work) after 12 min."


@pytest.mark.parametrize(
    ("changes", "headline", "summary"),
    [
        (
            {"event_type": "severity_changed", "detail": {"from": "minor", "to": "critical", **EVIDENCE}},
            "#17 now CRITICAL: Too slow on Checkout",
            "The severity rose from minor to critical.",
        ),
        (
            {"event_type": "no_data", "detail": {"minutes": 10}},
            "#17 NO DATA (critical): Too slow on Checkout",
            "No data came for 10 min.",
        ),
        (
            {"event_type": "reminded", "detail": {}},
            "#17 still CRITICAL: Too slow on Checkout",
            "Still not over since 2026-03-02 12:00 UTC.",
        ),
        (
            {"event_type": "unacknowledged", "detail": {}, "event_actor": "Ann"},
            "#17 no longer acknowledged, CRITICAL: Too slow on Checkout",
            "Ann took the acknowledgement back.",
        ),
        (
            {"event_type": "assigned", "detail": {"to": "e@x.org", "name": "Eve"}, "event_actor": "Ann"},
            "#17 ASSIGNED (critical): Too slow on Checkout",
            "Ann assigned it to Eve.",
        ),
        (
            {"event_type": "noted", "detail": {"text": "A cable\nis loose"}, "event_actor": ""},
            "#17 NOTE (critical): Too slow on Checkout",
            "Somebody: A cable\nis loose",
        ),
    ],
)
def test_each_story_has_its_own_words(changes: dict[str, Any], headline: str, summary: str) -> None:
    message = message_of(replace(TRIGGERED, **changes), "", NOW)
    assert (message.headline, message.summary) == (headline, summary)


def test_people_who_care_are_named() -> None:
    cared = replace(
        TRIGGERED, state="acknowledged", acknowledged_by="Bob", assigned_email="eve@example.com", assigned_name="Eve"
    )
    assert facts(cared)["Acknowledged by"] == "Bob"
    assert facts(cared)["Assigned to"] == "Eve"


def test_what_stands_says_since_when_somebody_has_it() -> None:
    stands = replace(TRIGGERED, again=True, state="acknowledged", acknowledged_by="Bob")

    since = message_of(replace(stands, acknowledged_at=NOW - timedelta(minutes=3)), "", NOW)

    assert since.summary == "Bob takes care of it, since 2026-03-02 11:57 UTC."
    assert facts(replace(stands, acknowledged_at=NOW))["Acknowledged by"] == "Bob"


@pytest.mark.parametrize(
    ("state", "story", "headline"),
    [
        ("triggered", Story.TRIGGERED, "#17 MAJOR: Too slow on Checkout"),
        ("acknowledged", Story.ACKNOWLEDGED, "#17 ACKNOWLEDGED (major): Too slow on Checkout"),
    ],
)
def test_what_is_sent_again_tells_the_present_state(state: str, story: Story, headline: str) -> None:
    again = replace(TRIGGERED, again=True, state=state, severity="major")
    message = message_of(again, "", NOW)
    assert (message.story, message.headline) == (story, headline)


def test_what_stands_shows_the_values_that_made_it_as_severe_as_it_is() -> None:
    worse = {"sources": {"fra1": {"response_time": 9000.0}}, "violating": 1, "heard": 1}
    stands = replace(TRIGGERED, again=True, detail={}, snapshot=TRIGGERED.snapshot | {"latest": worse})

    assert any("9000 from fra1" in fact.value for fact in message_of(stands, "", NOW).facts)


def test_what_is_open_for_lack_of_data_says_so_as_long_as_it_is() -> None:
    lost = replace(TRIGGERED, again=True, opened_by="no_data", detail={})

    assert message_of(lost, "", NOW).story is Story.NO_DATA
    assert "The rule is violated" not in message_of(lost, "", NOW).summary
    assert message_of(replace(lost, state="acknowledged"), "", NOW).story is Story.ACKNOWLEDGED
    assert message_of(replace(lost, state="cleared", cleared_at=NOW), "", NOW).story is Story.CLEARED


def test_sending_a_closed_alert_again_tells_its_end() -> None:
    again = replace(CLEARED, again=True, event_type="triggered", detail=EVIDENCE, event_at=NOW)
    message = message_of(again, "", END)
    assert (message.story, message.at) == (Story.CLEARED, END)


def test_what_is_recent_does_not_say_how_long_ago() -> None:
    assert "ago" not in message_of(TRIGGERED, "", NOW + timedelta(minutes=9)).summary
    assert message_of(TRIGGERED, "", NOW + timedelta(hours=5)).summary.endswith("This happened 5 h ago.")


def test_a_day_long_round_is_not_old_because_it_began_this_morning() -> None:
    daily = replace(TRIGGERED, snapshot=SNAPSHOT | {"interval": 86_400})
    assert "ago" not in message_of(daily, "", NOW + timedelta(hours=20)).summary


def test_an_alert_without_a_test_links_to_itself() -> None:
    received = replace(TRIGGERED, test_slug=None, snapshot={"rule": "Disk full"}, detail={})
    message = message_of(received, "", NOW)
    assert message.headline == "#17 CRITICAL: Disk full"
    assert message.link is not None
    assert message.link.url.endswith("/t/ops/alerts/17/")


def test_more_sources_than_one_reads_are_counted() -> None:
    many = {"sources": {f"s{n}": {"response_time": 600.0 + n} for n in range(30)}, "violating": 30, "heard": 40}
    assert facts(replace(TRIGGERED, detail=many))["response_time > 500"].endswith("609 from s9 and 20 more")


@pytest.mark.parametrize(("untold", "words"), [(0, ""), (1, "1 alert message was"), (3, "3 alert messages were")])
def test_what_was_not_told_is_counted_with_a_link(untold: int, words: str) -> None:
    note = untold_note(untold, "https://bellhop.example/t/ops/alerts/")
    assert note.startswith(words)
    assert note.endswith("/t/ops/alerts/" if untold else "")


def test_a_digest_names_thirty_and_counts_the_rest() -> None:
    items = [Waiting(n, n, "", 4 if n < 5 else 2, 0, NOW) for n in range(100)]
    contents = [
        replace(
            TRIGGERED, delivery_id=item.id, number=item.id, event_severity="critical" if item.rank == 4 else "minor"
        )
        for item in named(items)
    ]

    message = digest_of(items, contents, "", NOW)

    assert message.headline == "100 alerts: 5 critical, 95 minor (#0, #1, #2, #3, #4, …)"
    assert [line.number for line in message.lines] == list(range(30))
    assert message.counts == ((Severity.MINOR, 70),)
    assert message.link is not None
    assert message.link.url.endswith("/t/ops/alerts/?show=all")
    assert (message.story, message.state, message.severity) == (Story.DIGEST, AlertState.TRIGGERED, Severity.CRITICAL)
    assert message.lines[0].link.url.endswith("?at=2026-03-02T12:00:00Z")


def test_a_digest_headline_counts_what_is_over_by_itself() -> None:
    items = [Waiting(n, n, "", 4, 0, NOW, clears=n > 1) for n in (1, 2, 3)]

    message = digest_of(items, [TRIGGERED, CLEARED, CLEARED], "", END)

    assert (message.state, message.headline) == (
        AlertState.TRIGGERED,
        "3 alerts: 1 critical, 2 cleared (#17, #17, #17)",
    )


def test_a_digest_line_of_a_clear_tells_both_times_and_opens_the_end() -> None:
    items = [Waiting(n, n, "", 4, 0, NOW, clears=True) for n in (1, 2, 3)]
    untold = replace(CLEARED, told_before=False)

    message = digest_of(items, [untold, CLEARED, CLEARED], "", END)

    assert (message.state, message.headline) == (AlertState.CLEARED, "3 alerts cleared (#17, #17, #17)")
    assert message.lines[0].text.endswith("triggered at 2026-03-02 12:00 UTC and cleared at 2026-03-02 12:12 UTC")
    assert message.lines[1].text.endswith("on Checkout, cleared at 2026-03-02 12:12 UTC")
    assert message.lines[0].link.url.endswith("?at=2026-03-02T12:12:00Z")


def test_two_thresholds_on_one_metric_name_its_values_once() -> None:
    conditions = [
        {"metric": "response_time", "operator": ">", "threshold": 500.0, "text": "response_time > 500"},
        {"metric": "response_time", "operator": ">", "threshold": 800.0, "text": "response_time > 800 (critical)"},
    ]
    message = message_of(replace(TRIGGERED, snapshot={**SNAPSHOT, "conditions": conditions}), "", NOW)

    labels = {fact.label: fact.value for fact in message.facts}
    assert labels["response_time > 500, > 800 (critical)"] == "812.5 from fra1, 640 from lon1"


@pytest.mark.parametrize(
    ("event", "state", "by", "said"),
    [
        ("acknowledged", "triggered", "", "Ann takes care of it. It is no longer acknowledged."),
        ("acknowledged", "acknowledged", "Ann", "Ann takes care of it."),
        ("unacknowledged", "acknowledged", "Bob", "Ann took the acknowledgement back. It is acknowledged again."),
        ("unacknowledged", "triggered", "", "Ann took the acknowledgement back."),
    ],
)
def test_what_is_told_late_says_that_it_is_no_longer_so(event: str, state: str, by: str, said: str) -> None:
    """A room may have been answered meanwhile, which is quicker than what waits to be told there."""
    late = replace(TRIGGERED, event_type=event, event_actor="Ann", state=state, acknowledged_by=by, detail={})

    assert message_of(late, "", NOW).summary == said
    told = said.split(". ", 1)[1:]
    line = digest_of([Waiting(1, 1, "", 4, 0, NOW)], [late], "", NOW).lines[0]
    assert line.text == ". ".join(["Too slow on Checkout, since 2026-03-02 12:00 UTC", *told])


def test_a_digest_line_of_what_is_over_by_now_says_so() -> None:
    over = replace(CLEARED, event_type="acknowledged", event_actor="Ann", detail={})

    line = digest_of([Waiting(1, 1, "", 4, 0, NOW)], [over], "", END).lines[0]

    assert line.text.endswith(", since 2026-03-02 12:00 UTC. It has been over since 2026-03-02 12:12 UTC.")
