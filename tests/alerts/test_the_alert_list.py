"""The list of alerts: what it shows by itself, and what links and filters ask of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import lifecycle
from alerts.models import Alert, AlertRule, ClearedReason, Test
from channels_app.words import AlertState, Severity
from teams.access import Actor
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.conftest import NOW, Cast

ADDRESS = "/t/ops/alerts/"


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


@pytest.fixture
def rule(cast: Cast, test: Test) -> AlertRule:
    return make_rule(cast.team, [test], name="Slow <b>")


def _open(cast: Cast, slug: str, severity: Severity = Severity.MINOR, at: datetime = NOW) -> Alert:
    test = make_test(cast.team, slug)
    return open_alert(make_rule(cast.team, [test], name=f"Rule of {slug}"), test, at, severity)


def _end(alert: Alert, **fields: Any) -> None:
    reason = fields.pop("cleared_reason", ClearedReason.RECOVERED)
    state = AlertState.CLEARED
    Alert.objects.filter(pk=alert.pk).update(
        state=state, cleared_at=alert.started_at + timedelta(minutes=5), cleared_reason=reason, **fields
    )


def _numbers(browser: Client, query: str = "") -> list[int]:
    answer = browser.get(ADDRESS + query)
    assert answer.status_code == 200
    return [row.alert.number for row in answer.context["rows"]]


@pytest.fixture
def several(cast: Cast) -> None:
    """#1 minor, #2 critical, #3 minor and newer, #4 cleared, #5 closed by hand though still violated."""
    _open(cast, "a")
    _open(cast, "b", Severity.CRITICAL)
    _open(cast, "c", at=NOW + timedelta(hours=2))
    _end(_open(cast, "d"))
    _end(_open(cast, "e"), cleared_reason=ClearedReason.CLOSED_BY_HAND, still_violated=True)


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", [2, 3, 1]),
        ("?show=history", [5, 4]),
        ("?show=all", [5, 4, 3, 2, 1]),
        ("?still=1", [5]),
        ("?state=triggered", [2, 3, 1]),
        ("?state=cleared&show=active", [5, 4]),
        ("?severity=minor", [5, 4, 3, 1]),
        ("?severity=minor&show=active", [3, 1]),
        ("?test=d", [4]),
        ("?test=d&show=active", []),
        ("?since=2026-03-02T13:00:00Z", [3, 2, 1]),
        ("?until=2026-03-02T13:00:00%2B00:00&severity=minor&show=active", [1]),
        ("?who=nobody", [2, 3, 1]),
        ("?before=critical-2", [3, 1]),
        ("?show=all&before=3", [2, 1]),
    ],
)
def test_the_active_ones_come_first_and_a_link_finds_what_it_speaks_of(
    query: str, seen: list[int], browser: Client, several: None
) -> None:
    assert _numbers(browser, query) == seen


@pytest.mark.parametrize("query", ["severity=bad", "rule=x", "since=yesterday", "before=x", "assignee=x", "state=open"])
def test_a_bad_filter_says_so_and_leaves_the_rest_at_work(query: str, browser: Client, several: None) -> None:
    answer = browser.get(f"{ADDRESS}?show=history&test=d&{query}")

    assert [row.alert.number for row in answer.context["rows"]] == [4]
    assert "errorlist" in answer.content.decode()


def test_mine_are_those_given_to_me_or_that_i_acknowledged(browser: Client, several: None, cast: Cast) -> None:
    me, now = Actor(cast.team, None, cast.member), NOW + timedelta(hours=3)
    owner = Actor.system(cast.team)
    one, two, three = Alert.objects.filter(number__lte=3).order_by("number")
    lifecycle.assign(owner, one, cast.member, now)
    lifecycle.acknowledge(owner, two, now)
    Alert.objects.filter(pk=three.pk).update(state="acknowledged", acknowledged_at=now, acknowledged_by=me.user)

    assert _numbers(browser, "?who=mine") == [3, 1]
    assert _numbers(browser, "?who=nobody") == []
    assert _numbers(browser, "?assignee=Member@example.com") == [1]


def test_moments_are_typed_in_the_readers_zone_and_shown_in_it(browser: Client, several: None, cast: Cast) -> None:
    type(cast.member).objects.filter(pk=cast.member.pk).update(time_zone="Europe/Berlin")

    assert _numbers(browser, "?until=2026-03-02T13:30&show=active") == [2, 1]
    page = browser.get(f"{ADDRESS}?until=2026-03-02T12:30:00Z").content.decode()
    assert 'value="2026-03-02T13:30:00"' in page


def test_a_row_says_what_one_needs_to_know(browser: Client, rule: AlertRule, test: Test) -> None:
    open_alert(rule, test)

    page = browser.get(ADDRESS).content.decode()

    assert 'href="/t/ops/alerts/1/">#1</a>' in page
    assert "/t/ops/views/checkout/?at=2026-03-02T12:00:00Z" in page
    assert "response_time 812.5 &gt; 500" in page
    assert "Slow &lt;b&gt;" in page
    assert f'href="/t/ops/alerts/?rule={rule.pk}&amp;show=active"' in page
    assert ">nobody<" in page


def test_a_page_ends_where_the_next_begins(browser: Client, cast: Cast) -> None:
    _many(cast, 120)

    page = browser.get(ADDRESS)
    second = browser.get(f"{ADDRESS}?{page.context['older']}")
    third = browser.get(f"{ADDRESS}?{second.context['older']}")

    pages = [[row.alert.number for row in each.context["rows"]] for each in (page, second, third)]
    assert [len(numbers) for numbers in pages] == [50, 50, 20]
    assert len({number for numbers in pages for number in numbers}) == 120
    assert not third.context["older"]


def test_the_part_comes_only_when_something_changed(browser: Client, several: None, cast: Cast) -> None:
    context = browser.get(ADDRESS).context
    asked = {"stamp": context["stamp"], "seen": context["seen"]}

    same = browser.get(ADDRESS, asked, headers={"HX-Request": "true"})
    _open(cast, "f")
    other = browser.get(ADDRESS, asked, headers={"HX-Request": "true"})

    assert same.status_code in (204, 200)  # 200 where a minute began meanwhile
    assert same.headers["X-As-Of"]
    assert other.status_code == 200
    text = other.content.decode()
    assert "<html" not in text
    assert text.count('class="chip">new<') == 1


def test_nothing_is_said_in_words_that_fit(browser: Client, cast: Cast, several: None) -> None:
    assert "No alerts match." in browser.get(f"{ADDRESS}?test=nothing").content.decode()
    Alert.objects.filter(cleared_at=None).update(
        state="cleared", cleared_at=NOW + timedelta(days=1), cleared_reason="recovered"
    )
    quiet = browser.get(ADDRESS).content.decode()
    assert "All is quiet" in quiet
    assert '<span class="unseen">active</span>' not in quiet, "ears would hear: all is quiet active"


def test_a_team_without_alerts_learns_how_to_get_one(browser: Client, cast: Cast) -> None:
    page = browser.get(ADDRESS).content.decode()
    assert 'No alerts yet. They appear here when a rule of your <a href="/t/ops/rules/">' in page


def test_a_viewer_reads_and_has_nothing_to_act_with(cast: Cast, client: Client, several: None) -> None:
    client.force_login(cast.viewer)

    page = client.get(ADDRESS).content.decode()

    assert ">#1</a>" in page
    assert "Acknowledge<" not in page
    assert 'name="alert"' not in page


def test_the_list_asks_the_same_number_of_questions_whatever_its_length(
    browser: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    _many(cast, 60)
    for query in ("", "?show=all", "?show=active&severity=minor&who=mine&test=a&assignee=member@example.com"):
        with django_assert_max_num_queries(14):
            assert browser.get(ADDRESS + query).status_code == 200


def _many(cast: Cast, count: int) -> None:
    first = _open(cast, "a")
    severities = list(Severity)
    Alert.objects.bulk_create(
        Alert(
            team=cast.team,
            number=number,
            rule=first.rule,
            test=first.test,
            fingerprint=f"f{number}",
            severity=severities[number % 4],
            started_at=NOW,
            snapshot=first.snapshot,
        )
        for number in range(2, count + 1)
    )
