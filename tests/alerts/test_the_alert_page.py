"""The page of one alert: how it stands, what happened, who may do what, and that it keeps itself up to date."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import condensing, lifecycle
from alerts.models import Alert, AlertRule, RuleIntegration, Test
from alerts.pages import portrait
from teams.access import Actor
from tests.alerts.conftest import Say
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.conftest import NOW, Cast
from tests.integrations.factories import make_integration

ADDRESS = "/t/ops/alerts/1/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def rule(cast: Cast, test: Test) -> AlertRule:
    return make_rule(cast.team, [test], message="Restart it", runbook="https://runbooks.example.com/", name="Slow")


@pytest.fixture
def alert(rule: AlertRule, say: Say) -> Alert:
    say(0, fra1=900, lon1=50)
    return Alert.objects.get()


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


def _page(browser: Client, **headers: str) -> str:
    answer = browser.get(ADDRESS, headers=headers or None)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_who_has_it(browser: Client, alert: Alert, member: Actor, cast: Cast, now: datetime) -> None:
    before = _page(browser)
    lifecycle.acknowledge(member, alert, now)
    lifecycle.assign(member, alert, cast.owner, now)
    after = _page(browser)

    assert "by nobody yet" in before
    assert "by Member, <time" in after
    assert "<dd>Owner</dd>" in after
    assert ("Acknowledge</button>" in before, "Acknowledge</button>" in after) == (True, False)


def test_it_says_who_closed_it_why_and_that_it_is_still_violated(
    browser: Client, alert: Alert, member: Actor, say: Say, now: datetime
) -> None:
    lifecycle.close(member, alert, "planned work", now + timedelta(minutes=1))
    closed = _page(browser)
    say(2, fra1=1, lon1=1)
    good = _page(browser)

    assert "closed by hand: Member, “planned work”" in closed
    assert "Closed by Member, still violated." in closed
    assert "12 h" in closed
    assert "still violated." not in good
    assert "<form" not in closed.split("<main")[1].split("</main>")[0]


def test_it_says_what_to_do(browser: Client, alert: Alert) -> None:
    page = _page(browser)

    assert "Restart it" in page
    assert '<a href="https://runbooks.example.com/" rel="noopener noreferrer">' in page


def test_each_source_stands_against_its_threshold(browser: Client, alert: Alert, say: Say) -> None:
    say(1, fra1=1, lon1=2)
    page = _page(browser)

    assert '<td data-label="At the start" class="number">900</td>' in page
    assert '<td data-label="At the end" class="number">1</td>' in page
    assert "response_time &gt; 500 (minor)" in page
    assert "1 of 2 sources violated the rule when it began." in page


def test_the_chart_shows_the_alert_as_a_band_with_its_threshold(browser: Client, alert: Alert, say: Say) -> None:
    say(1, fra1=1, lon1=2)
    page = _page(browser)

    assert 'class="band band-minor"' in page
    assert "<title>#1 minor</title>" in page
    assert "minor: &gt; 500" in page


def test_an_alert_without_values_says_so_and_draws_no_empty_chart(
    browser: Client, rule: AlertRule, test: Test, say: Say, time_machine: Any
) -> None:
    time_machine.move_to(NOW + timedelta(minutes=2))
    say(-60 * 24, fra1=1)
    open_alert(rule, test, NOW)
    page = _page(browser)

    assert "No values were stored around it." in page
    assert "<svg" not in page.split('id="portrait-title"')[1]


def test_an_alert_too_long_for_one_picture_says_so(browser: Client, rule: AlertRule, test: Test, say: Say) -> None:
    say(-60 * 24 * 400, fra1=1)
    open_alert(rule, test, NOW - timedelta(days=400))

    assert "this is its latest part" in _page(browser)


def test_an_alert_of_many_readings_is_drawn_whole_from_the_extremes_of_half_hours(
    browser: Client, alert: Alert, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portrait, "MAX_READINGS", 10)
    for minute, value in ((1, 700), (2, 999), (3, 650), (24 * 60, 600), (24 * 60 + 1, 800), (24 * 60 + 2, 700)):
        say(minute, fra1=value)
    now = NOW + timedelta(hours=30)
    condensing.catch_up(now)

    drawn = portrait.portrait_of(alert, now)

    assert drawn is not None
    assert (drawn.whole, drawn.coarse, drawn.start < alert.started_at) == (True, True, True)
    values = {value for path in drawn.panels[0].chart.paths for _, value in path.samples}
    assert {999, 600, 800} <= values
    assert 700 not in values
    assert drawn.latest["fra1", "response_time"] == 700
    monkeypatch.setattr(portrait, "MAX_HALF_HOURS", 4)
    assert "Of each half hour the lowest and the highest value are drawn." in _page(browser)


def test_a_viewer_reads_all_of_it_and_has_nothing_to_press(cast: Cast, client: Client, alert: Alert) -> None:
    client.force_login(cast.viewer)
    main = _page(client).split("<main")[1].split("</main>")[0]

    assert "<form" not in main
    assert "Timeline" in main


@pytest.mark.parametrize(
    ("on_clear", "ticked", "recipients", "said"),
    [
        (True, True, ["a@example.com", "b@example.com"], "are told that it is closed:"),
        (True, False, [], "Nobody is told: the rule names no destination."),
        (False, True, [], "The rule does not tell of ends: nobody is told"),
    ],
)
def test_closing_says_first_who_will_be_told(
    on_clear: bool, ticked: bool, recipients: list[str], said: str, browser: Client, alert: Alert, cast: Cast
) -> None:
    AlertRule.objects.update(notify_on_clear=on_clear, recipients=recipients)
    if ticked:
        room = make_integration(cast.team, name="Ops room")
        RuleIntegration.objects.create(team=cast.team, rule=alert.rule, integration=room)
    page = _page(browser)

    assert said in page
    assert ("Ops room" in page) is (on_clear and ticked)
    assert ("2 e-mail recipients" in page) is bool(recipients)


def test_one_may_give_it_to_those_who_may_act_oneself_first(browser: Client, alert: Alert) -> None:
    options = _page(browser).split("<select")[1].split("</select>")[0]

    assert options.index("me (Member)") < options.index("Owner")
    assert "Viewer" not in options
    assert "outsider" not in options


def test_it_refreshes_only_where_something_changed(
    browser: Client, alert: Alert, member: Actor, say: Say, now: datetime
) -> None:
    say(1, fra1=1, lon1=1)
    stamp = browser.get(ADDRESS).context["stamp"]
    quiet = browser.get(ADDRESS, {"stamp": stamp}, headers=HTMX)
    lifecycle_stamps = {stamp}
    say(2, fra1=900, lon1=1)
    other = browser.get("/t/ops/alerts/2/", {"stamp": stamp}, headers=HTMX)
    lifecycle.note(member, Alert.objects.get(number=2), "hm", now)
    lifecycle_stamps |= {other.context["stamp"], browser.get("/t/ops/alerts/2/").context["stamp"]}

    assert quiet.status_code == 204
    assert other.status_code == 200
    assert other.content.decode().lstrip().startswith('<section id="standing"')
    assert len(lifecycle_stamps) == 3


def test_what_refreshes_holds_no_field_to_type_in(browser: Client, alert: Alert) -> None:
    part = _page(browser, **HTMX)

    assert "<textarea" not in part
    assert "<select" not in part
    assert "Acknowledge</button>" in part


def test_a_long_timeline_is_told_in_pages_the_newest_entries_first(
    browser: Client, alert: Alert, now: datetime
) -> None:
    event = alert.events.get()
    rows = [type(event)(team=event.team, alert=alert, type="noted", at=now, severity="minor") for _ in range(205)]
    type(event).objects.bulk_create(rows)

    page = _page(browser)

    assert "The newest 200 entries." in page
    assert page.count("Note: ") == 200
    (older,) = re.findall(r'href="[^"]*(\?before=\d+)#timeline"', page)
    first = browser.get(ADDRESS + older).content.decode()
    assert first.count("Note: ") == 5
    assert "Show older entries" not in first
    assert "Show the newest entries" in first
    part = browser.get(ADDRESS + older, headers=HTMX).content.decode()
    assert part.count("Note: ") == 5
    assert f"&amp;{older[1:]}" in part
    assert browser.get(ADDRESS, {"before": "x"}).content.decode().count("Note: ") == 200


def test_something_recorded_long_after_it_happened_says_so(browser: Client, rule: AlertRule, say: Say) -> None:
    say(0, fra1=900, received=NOW + timedelta(hours=2))

    assert "recorded <time" in _page(browser)


def test_the_number_of_questions_does_not_grow(
    cast: Cast, browser: Client, alert: Alert, say: Say, member: Actor, django_assert_max_num_queries: Any
) -> None:
    for minute in range(1, 5):
        say(minute, **{f"s{n}": 900 for n in range(20)})
        lifecycle.note(member, alert, f"note {minute}", NOW)
    for n in range(12):
        room = make_integration(cast.team, name=f"Room {n}")
        RuleIntegration.objects.create(team=cast.team, rule=alert.rule, integration=room)
    with django_assert_max_num_queries(15):
        _page(browser)
    with django_assert_max_num_queries(8):
        _page(browser, **HTMX)


def test_an_alert_of_no_test_has_a_page(browser: Client, cast: Cast, alert: Alert) -> None:
    Alert.objects.update(test=None, snapshot={}, labels={"cluster": "eu <1>"})
    page = _page(browser)

    assert "eu &lt;1&gt;" in page
    assert "<svg" not in page


def test_the_same_number_in_another_team_is_another_alert(cast: Cast, client: Client, alert: Alert) -> None:
    theirs = make_test(cast.other_team, "theirs")
    open_alert(make_rule(cast.other_team, [theirs], name="Their rule"), theirs)
    client.force_login(cast.outsider)

    page = client.get("/t/rivals/alerts/1/").content.decode()

    assert "Their rule" in page
    assert "Restart it" not in page
