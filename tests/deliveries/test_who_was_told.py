"""Who was told of an alert, who was not, and why: the part of the alert's page."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.models import RuleIntegration, RuleTest
from deliveries.models import Budget, Delivery, Lane
from deliveries.told import Standing, Telling, who_was_told
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, happen, opened, rule_for, send_all, slack, tick, trigger
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)
PART = {"HX-Request": "true"}


def enter(person: object) -> Client:
    client = Client()
    client.force_login(person)  # type: ignore[arg-type]
    return client


def telling(cast: Cast, now: datetime, number: int = 1) -> Telling:
    return who_was_told(cast.team.alerts.get(number=number), now, timezone.get_default_timezone())


def test_every_destination_says_what_became_of_it(cast: Cast, receiver: Receiver, now: datetime) -> None:
    receiver.decide = lambda request: Answer(404, b"no_service") if "gone" in request.path else Answer(200, b"ok")
    off = make_integration(cast.team, name="off", enabled=False)
    trigger(rule_for(cast.team, slack(cast.team, receiver), slack(cast.team, receiver, "gone"), off), now)

    send_all(now)

    found = telling(cast, now)
    assert {place.integration.name: place.standing for place in found.destinations} == {
        "ops": Standing.TOLD,
        "gone": Standing.FAILED,
        "off": Standing.UNTOLD,
    }
    assert found.summary == "3 destinations: 1 told, 1 failed, 1 not told."
    page = enter(cast.viewer).get("/t/ops/alerts/1/told/").content.decode()
    assert "Delivered at 12:00:00." in page
    assert "Rejected: the room, channel or address no longer exists (“no_service”)." in page
    assert "status 404" in page
    assert "Not sent: the integration is disabled." in page


def test_the_summary_says_until_when_one_waits_and_by_whom(cast: Cast, now: datetime) -> None:
    place = make_integration(cast.team)
    trigger(rule_for(cast.team, place), now)
    until = now + timedelta(minutes=3)
    Budget.objects.create(rate_key=place.rate_key, next_at=now, paused_until=until, pause_reason="rate_limited")
    assert telling(cast, now).summary == "1 destination: 1 waiting: delayed until 12:03:00 by Slack."

    Budget.objects.update(paused_until=None)
    Lane.objects.update(paused_until=now + timedelta(seconds=80), pause_reason="network")
    assert telling(cast, now).summary == "1 destination: 1 waiting: delayed until 12:01:20."


def test_a_destination_is_judged_by_the_last_that_was_meant_for_it(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    rule = rule_for(cast.team, slack(cast.team, receiver), notify_on_clear=False)
    alert = trigger(rule, now)
    send_all(now)
    clear(alert, now + timedelta(minutes=5))

    (place,) = telling(cast, now).destinations
    assert [each.became for each in place.entries] == [
        "Delivered at 12:00:00.",
        "Not sent: the rule does not tell of clears.",
    ]
    assert place.standing is Standing.TOLD


def test_recipients_are_destinations_of_their_own(cast: Cast, now: datetime) -> None:
    trigger(rule_for(cast.team, recipients=["ann@example.com", "bob@example.com"]), now)

    found = telling(cast, now)

    assert [place.name for place in found.destinations] == ["ann@example.com", "bob@example.com"]
    assert all(place.ticked for place in found.destinations)


def test_integrations_that_got_nothing_say_why(cast: Cast, now: datetime) -> None:
    first, added, other = (make_integration(cast.team, name=name) for name in ("first", "added", "other"))
    make_integration(cast.other_team, name="theirs")
    rule = rule_for(cast.team, first)
    trigger(rule, now)
    RuleIntegration.objects.all().delete()
    tick(rule, added)

    found = telling(cast, now)
    page = enter(cast.member).get("/t/ops/alerts/1/told/").content.decode()

    assert [place.ticked for place in found.destinations] == [False]
    assert found.later == ["added"]
    assert found.unticked == [other]
    assert "not ticked any more" in page
    assert "told from this alert's next event on: added" in page
    assert "1 integration of the team is not ticked for this rule" in page
    assert "theirs" not in page


def test_an_alert_of_a_rule_that_tells_nobody_says_so(cast: Cast, now: datetime) -> None:
    trigger(rule_for(cast.team), now)
    assert "Nobody was to be told" in enter(cast.viewer).get("/t/ops/alerts/1/told/").content.decode()


def test_a_digest_is_called_one(cast: Cast, receiver: Receiver, now: datetime) -> None:
    rule = rule_for(cast.team, slack(cast.team, receiver), test=make_test(cast.team, "t0"))
    trigger(rule, now, test=rule.tests.get())
    send_all(now)
    for n in range(1, 25):
        RuleTest.objects.create(team=cast.team, rule=rule, test=make_test(cast.team, f"t{n}"))
    happen(rule, now, *(opened(rule, now, test=test) for test in rule.tests.exclude(slug="t0")))
    send_all(now + timedelta(seconds=5))

    assert [telling(cast, now, n).destinations[0].entries[0].is_digested for n in (1, 25)] == [False, True]
    assert "In a digest, with others." in enter(cast.viewer).get("/t/ops/alerts/25/told/").content.decode()


def test_sending_again_stays_on_the_page(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    send_all(now)
    again, client = f"/t/ops/deliveries/{Delivery.objects.get().pk}/again/", enter(cast.member)

    assert again in client.get("/t/ops/alerts/1/told/").content.decode()
    assert client.post(again, {"next": "/t/ops/alerts/1/"})["Location"] == "/t/ops/alerts/1/"
    page = client.get("/t/ops/alerts/1/told/").content.decode()
    assert "sent again" in page
    assert again not in page
    assert telling(cast, now).summary.startswith("1 destination: 1 waiting")
    refused = client.post(again, headers=PART)
    assert (refused.status_code, "still%20under%20way" in refused["X-Refusal"]) == (409, True)


@pytest.mark.parametrize("elsewhere", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil"])
def test_sending_again_never_leads_elsewhere(cast: Cast, receiver: Receiver, now: datetime, elsewhere: str) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    send_all(now)
    response = enter(cast.member).post(f"/t/ops/deliveries/{Delivery.objects.get().pk}/again/", {"next": elsewhere})
    assert response["Location"].startswith("/t/ops/deliveries/")


def test_a_part_that_sent_again_is_told_to_look_again(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    send_all(now)

    response = enter(cast.member).post(f"/t/ops/deliveries/{Delivery.objects.get().pk}/again/", headers=PART)

    assert response.status_code == 204
    assert "deliveries-changed" in response["HX-Trigger"]
    assert "It is being sent again." in response["HX-Trigger"]


def test_the_part_answers_nothing_while_nothing_changed(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    client = enter(cast.viewer)
    part = client.get("/t/ops/alerts/1/told/", headers=PART)
    found = re.search(r"stamp=(\w+)", part.content.decode())
    assert found
    assert b"<!doctype" not in part.content

    address = f"/t/ops/alerts/1/told/?stamp={found[1]}"
    assert client.get(address, headers=PART).status_code == 204
    send_all(now)
    assert client.get(address, headers=PART).status_code == 200


def test_a_viewer_reads_but_sends_nothing_and_outsiders_see_nothing(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    send_all(now)
    again = f"/t/ops/deliveries/{Delivery.objects.get().pk}/again/"

    assert "again/" not in enter(cast.viewer).get("/t/ops/alerts/1/told/").content.decode()
    assert enter(cast.viewer).post(again).status_code == 403
    for address in ("/t/ops/alerts/1/told/", "/t/rivals/alerts/1/told/"):
        assert enter(cast.outsider).get(address).status_code == 404
    assert enter(cast.outsider).post(again).status_code == 404
    assert Delivery.objects.count() == 1


def test_it_takes_a_constant_number_of_queries(cast: Cast, now: datetime) -> None:
    client, counts = enter(cast.member), []
    for n in (1, 12):
        places = [make_integration(cast.team, name=f"p{n}-{m}") for m in range(n)]
        alert = trigger(rule_for(cast.team, *places, test=make_test(cast.team, f"t{n}")), now)
        clear(alert, now)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/t/ops/alerts/{alert.number}/told/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14
