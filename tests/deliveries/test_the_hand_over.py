"""The hand-over: what happened since, what is open, who has it, what is quiet and why, what is broken."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts import lifecycle
from alerts.models import Alert, AlertRule, Test
from deliveries.handover import Handover, handover_of, has_it
from deliveries.handover_text import how_cleared
from deliveries.models import Delivery
from integrations.models import Health, Integration
from teams.access import Actor
from teams.models import Role, User
from tests.alerts.factories import make_rule, make_test
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, trigger
from tests.integrations.factories import make_integration

pytestmark = pytest.mark.django_db
URL = "/t/ops/handover/"
HOUR = timedelta(hours=1)


def enter(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def alert_on(cast: Cast, slug: str, at: datetime, name: str = "Too slow") -> Alert:
    return trigger(rule_for(cast.team, test=make_test(cast.team, slug), name=name), at)


def numbers(alerts: list[Alert]) -> list[int]:
    return [alert.number for alert in alerts]


def member(cast: Cast) -> Actor:
    return Actor(cast.team, Role.MEMBER, user=cast.member)


def names(found: Handover) -> dict[str, list[str]]:
    return {each.why: each.names.rows for each in found.quiet}


def test_it_tells_what_opened_what_is_open_and_what_cleared(cast: Cast, now: datetime) -> None:
    old, gone, new, short = (alert_on(cast, slug, now - ago * HOUR) for slug, ago in
                             (("old", 30), ("gone", 29), ("new", 2), ("short", 3)))  # fmt: skip
    clear(gone, now - 25 * HOUR)
    clear(short, now - HOUR)

    found = handover_of(cast.team, now - 12 * HOUR, now)

    assert numbers(found.opened.rows) == [new.number, short.number]
    assert numbers(found.still_open.rows) == [new.number, old.number]
    assert numbers(found.cleared.rows) == [short.number]
    assert found.nobodys == 2


def test_it_says_who_has_an_alert(cast: Cast, now: datetime) -> None:
    taken, given, nobodys = (alert_on(cast, slug, now) for slug in ("a", "b", "c"))
    lifecycle.acknowledge(member(cast), taken, now)
    lifecycle.assign(member(cast), given, cast.owner, now)

    found = {alert.number: has_it(alert) for alert in handover_of(cast.team, now, now).still_open.rows}

    assert found[taken.number] == "acknowledged by Member"
    assert found[given.number].startswith("assigned to Owner")
    assert found[nobodys.number] == ""


def test_it_says_how_an_alert_was_cleared_and_by_whom(cast: Cast, now: datetime) -> None:
    alert = alert_on(cast, "a", now)
    lifecycle.close(member(cast), alert, "known glitch", now)
    Alert.objects.update(still_violated=True)

    found = handover_of(cast.team, now - HOUR, now)

    assert how_cleared(found.cleared.rows[0], found) == "closed by hand by Member: known glitch"
    assert numbers(found.held.rows) == [alert.number]
    assert "still violated" in enter(cast.viewer).get(URL).content.decode()


def test_it_names_what_is_quiet_and_why(cast: Cast, now: datetime) -> None:
    test, off = make_test(cast.team), make_integration(cast.team, name="switched off", enabled=False)
    rule_for(cast.team, make_integration(cast.team), test=test, name="loud")
    make_rule(cast.team, [test], name="mute")
    rule_for(cast.team, off, test=test, name="deaf")
    rule_for(cast.team, test=test, name="mails", recipients=["a@example.com"])
    AlertRule.objects.create(team=cast.team, name="asleep", enabled=False)
    Test.objects.create(team=cast.team, slug="dark", name="dark", enabled=False)
    AlertRule.objects.create(team=cast.other_team, name="theirs", enabled=False)

    assert names(handover_of(cast.team, now, now)) == {
        "Disabled rules": ["asleep"],
        "Rules that tell nobody": ["deaf", "mute"],
        "Disabled tests": ["dark"],
        "Disabled integrations": ["switched off"],
    }


def test_it_names_broken_destinations_and_what_they_lost(cast: Cast, now: datetime) -> None:
    well, parked, failing, untested, lossy = (
        make_integration(cast.team, name=name) for name in ("well", "parked", "failing", "untested", "lossy")
    )
    for place, fields in (
        (well, {"last_success_at": now}),
        (parked, {"parked_at": now - HOUR, "parked_reason": "bad_credentials"}),
        (failing, {"consecutive_failures": 3, "last_failure_words": "busy"}),
        (untested, {"last_test_at": now - HOUR, "last_test_ok": False, "last_test_words": "no_service"}),
        (lossy, {"last_success_at": now}),
    ):
        Health.objects.update_or_create(integration=place, defaults=fields)
    trigger(rule_for(cast.team, lossy, test=make_test(cast.team, "x")), now - 2 * HOUR)
    Delivery.objects.update(state="expired", reason="too_late", finished_at=now)

    found = {each.integration.name: each for each in handover_of(cast.team, now - 3 * HOUR, now).broken}

    assert sorted(found) == ["failing", "lossy", "parked", "untested"]
    assert (found["lossy"].rejected, found["lossy"].expired) == (0, 1)
    assert "no_service" in found["untested"].standing.text
    assert [each.integration.name for each in handover_of(cast.team, now - HOUR, now).broken] == [
        "failing",
        "parked",
        "untested",
    ]


def test_it_shows_the_notes_of_the_time(cast: Cast, now: datetime) -> None:
    alert = alert_on(cast, "a", now - 2 * HOUR)
    lifecycle.note(member(cast), alert, "before", now - HOUR)
    lifecycle.note(member(cast), alert, "within <b>", now)

    found = handover_of(cast.team, now - HOUR / 2, now)

    assert [event.detail["text"] for event in found.notes.rows] == ["within <b>"]


def test_the_page_and_its_markdown_say_the_same(cast: Cast) -> None:
    now = timezone.now()
    make_integration(cast.team, name="off *", enabled=False)
    alert = alert_on(cast, "a", now - HOUR, name="# Boom [x](y)")
    lifecycle.note(member(cast), alert, "look\n# here", now)
    client = enter(cast.viewer)

    page = client.get(f"{URL}?since=8h").content.decode()
    text = client.get("/t/ops/handover.md?since=8h").content.decode()

    assert "1 opened, 1 still open (1 nobody has), 0 cleared, 0 broken destinations." in page
    assert "1 opened, 1 still open (1 nobody has), 0 cleared, 0 broken destinations." in text
    assert "[#1](http" in text
    assert "critical: \\# Boom \\[x\\](y) on A" in text
    assert "Member: look # here" in text
    assert "Disabled integrations: off \\*" in text
    assert "Nothing was cleared." in page


def test_times_that_mean_nothing_are_said_at_the_field(cast: Cast) -> None:
    client = enter(cast.viewer)
    response = client.get(f"{URL}?since=soon")
    assert response.status_code == 422
    assert "Give a time such as 18:00" in response.content.decode()
    assert "Nothing is open." in response.content.decode()
    assert client.get("/t/ops/handover.md?since=soon").status_code == 422
    assert client.get(URL).status_code == 200


def test_outsiders_find_nothing(cast: Cast) -> None:
    client = enter(cast.outsider)
    assert client.get(URL).status_code == 404
    assert client.get("/t/ops/handover.md").status_code == 404
    assert Integration.objects.count() == 0


def test_what_is_long_is_cut_and_counted(cast: Cast, now: datetime) -> None:
    rule = make_rule(cast.team, [])
    Alert.objects.bulk_create(
        Alert(team=cast.team, number=n, rule=rule, fingerprint=str(n), severity="minor", started_at=now)
        for n in range(1, 61)
    )
    AlertRule.objects.bulk_create(AlertRule(team=cast.team, name=f"r{n:02}", enabled=False) for n in range(15))

    found = handover_of(cast.team, now - HOUR, now)
    text = enter(cast.viewer).get(URL).content.decode()

    assert (len(found.still_open.rows), found.still_open.total) == (20, "60")
    assert (len(found.quiet[0].names.rows), found.quiet[0].names.total) == (10, "15")
    assert "60 in all" in text


def test_it_takes_a_constant_number_of_queries(cast: Cast) -> None:
    client, now, counts = enter(cast.viewer), timezone.now(), []
    for n in (1, 4):
        for m in range(n):
            alert = alert_on(cast, f"t{n}-{m}", now - HOUR)
            lifecycle.note(member(cast), alert, "note", now)
            lifecycle.close(member(cast), alert_on(cast, f"u{n}-{m}", now - HOUR), "enough", now)
            place = make_integration(cast.team, name=f"i{n}-{m}")
            Health.objects.update_or_create(integration=place, defaults={"consecutive_failures": 2})
            make_integration(cast.team, name=f"o{n}-{m}", enabled=False)
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30
