"""Mutes where people meet them: begun from a rule, a test, an alert or the lists; shown there, and ended there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from alerts.forms.mutes import minutes_of
from alerts.models import AlertRule, Mute, Test
from alerts.services import mutes
from teams.access import Actor
from teams.models import Role, User
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.conftest import NOW, Cast

MUTES = "/t/ops/mutes/"
NEW = f"{MUTES}new/"
IN_DIALOG = {"HX-Request": "true", "HX-Current-URL": "http://testserver/t/ops/rules/?name=slow"}


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


@pytest.fixture
def test(cast: Cast) -> Test:
    return make_test(cast.team)


@pytest.fixture
def rule(cast: Cast, test: Test) -> AlertRule:
    return make_rule(cast.team, [test])


def seen(browser: Client, address: str, **headers: str) -> str:
    answer = browser.get(address, headers=headers or None)
    assert answer.status_code == 200
    return answer.content.decode()


def begin(browser: Client, **typed: Any) -> Any:
    return browser.post(NEW, {"what": "everything", "length": "60", "reason": "", **typed})


def where_shown(rule: AlertRule, test: Test) -> list[str]:
    return [f"/t/ops/rules/{rule.pk}/", f"/t/ops/views/{test.slug}/", "/t/ops/alerts/1/", "/t/ops/alerts/"]


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        ("rule-{rule}", [True, False, True, False]),
        ("test-checkout", [False, True, True, False]),
        ("everything", [True, True, True, True]),
    ],
)
def test_a_mute_is_said_wherever_it_counts_and_ended_there(
    what: str, shown: list[bool], browser: Client, rule: AlertRule, test: Test
) -> None:
    open_alert(rule, test, NOW)
    assert begin(browser, what=what.format(rule=rule.pk), reason="deploying").status_code == 302

    pages = [" ".join(seen(browser, each).split()) for each in where_shown(rule, test)]
    assert ["by Member: deploying" in page for page in pages] == shown
    assert ["End now" in page for page in pages] == shown
    assert all(
        'T13:00:00Z" title="2026-03-02 13:00:00 UTC">13:00</time>' in page for page in pages if "End now" in page
    )

    mute = Mute.objects.get()
    answer = browser.post(f"{MUTES}{mute.pk}/end/", {"next": "/t/ops/alerts/1/"})
    assert answer.headers["Location"] == "/t/ops/alerts/1/"
    assert not any("by Member: deploying" in seen(browser, each) for each in where_shown(rule, test))


def test_each_place_leads_to_a_form_that_knows_what_is_meant(browser: Client, rule: AlertRule, test: Test) -> None:
    open_alert(rule, test, NOW)
    asked = {
        f"/t/ops/rules/{rule.pk}/": f"rule={rule.pk}",
        "/t/ops/rules/": f"rule={rule.pk}",
        "/t/ops/views/checkout/": "test=checkout",
        "/t/ops/alerts/1/": f"rule={rule.pk}&amp;test=checkout",
        "/t/ops/alerts/": "what=everything",
    }
    for page, about in asked.items():
        html = seen(browser, page)
        assert f'href="{NEW}?{about}" data-dialog="{NEW}?{about}"' in html, page

    html = seen(browser, f"{NEW}?rule={rule.pk}&test=checkout")
    assert [part.split('"')[0] for part in html.split('<option value="')[1:4]] == [
        f"rule-{rule.pk}",
        "test-checkout",
        "everything",
    ]
    assert '<option value="everything" selected>' in seen(browser, f"{NEW}?what=everything")
    assert "selected" not in seen(browser, f"{NEW}?what=rubbish").split("</select>")[0]
    assert '<option value="" selected>' in seen(browser, MUTES)


def test_the_dialog_leads_back_to_the_page_it_was_opened_over(browser: Client, rule: AlertRule) -> None:
    html = seen(browser, f"{NEW}?rule={rule.pk}", **IN_DIALOG)
    assert "<html" not in html
    assert '<input type="hidden" name="next" value="/t/ops/rules/?name=slow">' in html


def test_a_refused_form_says_what_is_wrong_and_keeps_what_was_typed(browser: Client, rule: AlertRule) -> None:
    answers = [
        (begin(browser, what="rule-999", reason="deploying"), "There is no &quot;rule-999&quot; to mute"),
        (begin(browser, what="test-nothing"), "There is no"),
        (begin(browser, what="rubbish"), "There is no"),
        (begin(browser, what=""), "This field is required"),
        (begin(browser, length="77"), "Select a valid choice"),
        (begin(browser, reason="x" * 501), "at most 500 characters"),
    ]
    assert [answer.status_code for answer, _ in answers] == [422] * 6
    assert all(words in answer.content.decode() for answer, words in answers)
    assert 'value="deploying"' in answers[0][0].content.decode()
    assert not Mute.objects.exists()


@pytest.mark.parametrize(
    ("length", "until"),
    [
        ("30", datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 3, 3, 8, 0, tzinfo=UTC)),
        ("10080", datetime(2026, 3, 9, 12, 0, tzinfo=UTC)),
        ("open", None),
    ],
)
def test_it_lasts_as_long_as_was_chosen_in_the_readers_own_zone(
    length: str, until: datetime | None, cast: Cast, browser: Client
) -> None:
    User.objects.filter(pk=cast.member.pk).update(time_zone="Europe/Berlin")
    begin(browser, length=length)
    assert Mute.objects.get().until == until


def test_tomorrow_morning_is_right_on_the_day_the_clock_changes() -> None:
    evening = datetime(2026, 3, 28, 21, 0, 30, tzinfo=UTC)  # Berlin goes from 2:00 to 3:00 in that night
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert evening + timedelta(minutes=minutes_of("tomorrow", evening) or 0) == datetime(
            2026, 3, 29, 7, 0, 30, tzinfo=UTC
        )


def test_the_page_lists_what_is_on_and_what_was(browser: Client, cast: Cast, rule: AlertRule) -> None:
    actor = Actor(cast.team, Role.MEMBER, cast.member)
    mutes.mute(actor, {"minutes": 5, "reason": "over by itself"}, NOW - timedelta(hours=1))
    ended = mutes.mute(actor, {"rule": rule, "minutes": None, "reason": "ended by hand"}, NOW - timedelta(hours=1))
    mutes.end_mute(actor, ended, NOW)
    mutes.mute(actor, {"minutes": None, "reason": "still on"}, NOW)

    on, _, was = seen(browser, MUTES).partition('<h2 id="over">')
    assert ("still on" in on, "over by itself" in on, "ended by hand" in on) == (True, False, False)
    assert ("still on" in was, "over by itself" in was, "ended by hand" in was) == (False, True, True)
    assert '<td data-label="Ended by">itself</td>' in was
    assert '<td data-label="Ended by">Member</td>' in was
    older = seen(browser, f"{MUTES}?after={ended.pk}")
    assert ("over by itself" in older, "ended by hand" in older) == (True, False)


def test_a_row_of_alert_settings_says_that_its_rule_is_muted(browser: Client, rule: AlertRule) -> None:
    begin(browser, what=f"rule-{rule.pk}", length="open", reason="deploying")
    page = seen(browser, "/t/ops/rules/")
    assert '<span class="state state-off" title="deploying">muted until ended</span>' in page


def test_viewers_see_mutes_and_end_none(cast: Cast, browser: Client, rule: AlertRule, test: Test) -> None:
    begin(browser, reason="deploying")
    browser.force_login(cast.viewer)
    for page in (MUTES, "/t/ops/alerts/", f"/t/ops/rules/{rule.pk}/"):
        html = seen(browser, page)
        assert ("deploying" in html, "End now" in html, NEW in html) == (True, False, False)
    assert browser.get(NEW).status_code == begin(browser).status_code == 403
    assert browser.post(f"{MUTES}{Mute.objects.get().pk}/end/").status_code == 403


def test_it_is_in_the_history_of_the_team(browser: Client, cast: Cast, rule: AlertRule) -> None:
    begin(browser, what=f"rule-{rule.pk}", reason="deploying")
    browser.post(f"{MUTES}{Mute.objects.get().pk}/end/")
    browser.force_login(cast.owner)
    history = seen(browser, "/t/ops/team/history/").lower()
    assert "mute began" in history
    assert "mute ended" in history
    assert "deploying" in history


def test_the_row_of_a_rule_says_the_longest_of_its_mutes(browser: Client, rule: AlertRule) -> None:
    for what, length in ((f"rule-{rule.pk}", "30"), ("everything", "240")):
        begin(browser, what=what, length=length)
    assert ">16:00</time></span>" in seen(browser, "/t/ops/rules/")
    begin(browser, what=f"rule-{rule.pk}", length="open")
    assert "muted until ended" in seen(browser, "/t/ops/rules/")
