"""Scanners, previews and browsers follow the links of mails before anybody reads them: nothing comes of it."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from alerts import lifecycle
from alerts.happenings import Happening
from channels_app.words import Severity
from integrations import consent
from teams import services
from teams.access import actor_for
from teams.mails import invitation_link, password_link
from tests.admin.conftest import everything
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.acting_by_mail.mailed import BASE, paths_in
from tests.deliveries.stage import clear, happen, opened, rule_for, send_all, trigger

MINUTE = timedelta(minutes=1)
METHODS = ("get", "head", "options")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def addresses(cast: Cast, now: datetime) -> set[str]:
    """All that the mails of a bad day lead to: of one alert at every stage, of two at once, and of accounts."""
    people = [cast.member.email, cast.owner.email, cast.viewer.email, "stranger@example.net"]
    rule = rule_for(cast.team, recipients=people)
    test = rule.tests.get()
    alert = trigger(rule, now, Severity.MINOR)
    send_all(now)
    owner = actor_for(cast.owner, cast.team)
    assert owner
    lifecycle.acknowledge(owner, alert, now)
    happen(rule, now, Happening("severity", rule.pk, test.pk, now + MINUTE, Severity.CRITICAL))
    send_all(now + MINUTE)
    others = [rule_for(cast.team, test=make_test(cast.team, f"t{n}"), name=f"{n}", recipients=people) for n in range(2)]
    happen(rule, now, *(opened(each, now + 2 * MINUTE) for each in others))
    send_all(now + 2 * MINUTE)
    fourth = rule_for(cast.team, test=make_test(cast.team, "t4"), name="over", recipients=people)
    over = trigger(fourth, now)
    send_all(now + 3 * MINUTE)
    clear(over, now + 4 * MINUTE)
    send_all(now + 4 * MINUTE)
    _, token = services.invite(owner, "invited@example.net", "member", now)
    mine = [invitation_link(token), password_link(cast.member), consent.link("confirm", "ops", "stranger@example.net")]
    return {path for each in mail.outbox for path in paths_in(each)} | {each.removeprefix(BASE) for each in mine}


@pytest.mark.parametrize("logged_in", [False, True])
def test_following_every_link_of_every_mail_changes_nothing(logged_in: bool, addresses: set[str], cast: Cast) -> None:
    browser = Client()
    if logged_in:
        browser.force_login(cast.owner)
    before = everything()

    answers = {(method, each): getattr(browser, method)(each).status_code for each in addresses for method in METHODS}

    first = [each.split("/")[1:3] for each in addresses]
    assert {"t", "mail", "invitations", "reset"} <= {each[0] for each in first}
    assert len([each for each in first if each == ["mail", "act"]]) == 3 * 2 + 2 * 2 + 3 * 2
    assert {status for (method, _), status in answers.items() if method != "options"} <= {200, 302}
    assert {status for (method, _), status in answers.items() if method == "options"} <= {200, 302, 405}
    after = everything()
    assert {name for name in before if before[name] != after[name]} <= {"teams.Counter"}
