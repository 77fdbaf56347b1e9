"""An integration may name another of the team that stands in for it, and one of a team hears of trouble."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import Outage
from integrations import services
from integrations.models import Health, Integration
from integrations.standing import full_standing_of, standing_of
from teams.access import Actor
from teams.models import AuditEntry
from teams.statements import postgresql
from tests.alerts.factories import make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, trigger
from tests.integrations.factories import make_integration

LIST = "/api/v1/integrations/"


def hold(integration: Integration, **fields: Any) -> None:
    values = {"parked_at": timezone.now(), "parked_reason": "destination_gone", "last_failure_words": "no_service"}
    Health.objects.filter(pk=integration.pk).update(**values | fields)


def test_a_fallback_is_another_integration_of_the_team(cast: Cast, now: datetime) -> None:
    actor = Actor.system(cast.team)
    place, other, theirs = make_integration(cast.team), make_integration(cast.team), make_integration(cast.other_team)
    gone = make_integration(cast.team)
    services.archive(actor, gone, now)
    gone.refresh_from_db()

    for wrong in (place, theirs, gone, services.builtin_email(cast.team)):
        with pytest.raises(ValidationError) as refused:
            services.update(actor, place, fallback=wrong, now=now)
        assert set(refused.value.message_dict) == {"fallback"}

    services.update(actor, place, fallback=other, now=now)
    services.update(actor, place, name="renamed", now=now)
    place.refresh_from_db()
    assert place.fallback == other
    assert AuditEntry.objects.filter(action="integration.changed", changes__fallback=[None, "ops"]).exists()


def test_a_fallback_that_is_removed_stands_in_for_nobody(cast: Cast, now: datetime) -> None:
    actor = Actor.system(cast.team)
    other = make_integration(cast.team)
    place = services.update(actor, make_integration(cast.team), fallback=other, hears_trouble=True, now=now)

    services.archive(actor, other, now)
    place.refresh_from_db()
    assert place.fallback is None
    evidence = AuditEntry.objects.filter(action="integration.changed", target_id=str(place.pk)).latest("id")
    assert evidence.changes == {"fallback": ["ops", None]}

    services.archive(actor, place, now)
    place.refresh_from_db()
    assert not place.hears_trouble


def test_one_integration_of_a_team_hears_of_trouble(cast: Cast, now: datetime) -> None:
    actor = Actor.system(cast.team)
    one, two = make_integration(cast.team), make_integration(cast.team)
    theirs = services.update(
        Actor.system(cast.other_team), make_integration(cast.other_team), hears_trouble=True, now=now
    )
    services.update(actor, one, hears_trouble=True, now=now)
    services.update(actor, two, hears_trouble=True, now=now)

    assert set(Integration.objects.filter(hears_trouble_since__isnull=False)) == {two, theirs}


def test_who_loses_the_role_is_written_down_too(cast: Cast, now: datetime) -> None:
    actor = Actor.system(cast.team)
    one, two = make_integration(cast.team), make_integration(cast.team)
    services.update(actor, one, hears_trouble=True, now=now)
    before = Integration.objects.get(pk=one.pk).updated_at

    services.update(actor, two, hears_trouble=True, now=now)
    services.update(actor, two, hears_trouble=True, now=now)
    services.update(actor, one, hears_trouble=False, now=now)

    changes = AuditEntry.objects.filter(action="integration.changed").order_by("id")
    assert [(each.target_id, each.changes["hears_trouble"]) for each in changes] == [
        (str(one.pk), [False, True]),
        (str(one.pk), [True, False]),
        (str(two.pk), [False, True]),
    ]
    assert Integration.objects.get(pk=one.pk).updated_at == before


@pytest.mark.django_db(transaction=True)
def test_two_who_choose_at_once_leave_one_role_and_the_whole_story(cast: Cast, now: datetime) -> None:
    actor = Actor.system(cast.team)
    places = [make_integration(cast.team) for _ in range(3)]
    together = threading.Barrier(len(places), timeout=30)

    def choose(place: Integration) -> None:
        try:
            together.wait()
            for _ in range(5):
                services.update(actor, place, hears_trouble=True, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(places)) as pool:
        for done in [pool.submit(choose, place) for place in places]:
            done.result(60)

    (last,) = Integration.objects.filter(hears_trouble_since__isnull=False)
    story = [each.changes["hears_trouble"][1] for each in AuditEntry.objects.filter(action="integration.changed")]
    assert story.count(True) == story.count(False) + 1
    assert AuditEntry.objects.filter(target_id=str(last.pk)).latest("id").changes["hears_trouble"] == [False, True]


def test_the_api_takes_an_id_or_null_and_no_foreign_one(cast: Cast) -> None:
    patch = partial(ApiClient(key_of(cast.team)).send, "PATCH")
    place, other, theirs = make_integration(cast.team), make_integration(cast.team), make_integration(cast.other_team)

    answer = patch(f"{LIST}{place.pk}/", {"fallback": other.pk, "hears_trouble": True})
    assert (answer.status_code, answer.json()["fallback"], answer.json()["hears_trouble"]) == (200, other.pk, True)
    assert patch(f"{LIST}{place.pk}/", {"name": "renamed"}).json()["fallback"] == other.pk
    assert patch(f"{LIST}{place.pk}/", {"fallback": None}).json()["fallback"] is None

    unknown, foreign = (patch(f"{LIST}{place.pk}/", {"fallback": pk}) for pk in (987_654_321, theirs.pk))
    for answer in (unknown, foreign, patch(f"{LIST}{place.pk}/", {"fallback": place.pk})):
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == ["fallback"]
    assert str(unknown.json()).replace("987654321", "?") == str(foreign.json()).replace(str(theirs.pk), "?")


def test_the_form_offers_the_teams_own_and_refuses_others(client: Client, cast: Cast) -> None:
    client.force_login(cast.member)
    place, other = make_integration(cast.team), make_integration(cast.team, name="reserve")
    theirs = make_integration(cast.other_team, name="their room")
    address = f"/t/ops/integrations/{place.pk}/"
    posted = {"integration-name": "ops", "integration-enabled": "on", "url": "", "channel": "#ops", "_save": "1"}
    posted["url"] = str(client.get(address).context["draft"].config_form["url"].value())

    html = client.get(address).content.decode()
    assert "reserve (Slack)" in html
    assert "their room" not in html
    assert client.post(address, posted | {"integration-fallback": str(theirs.pk)}).status_code == 422
    assert client.post(address, posted | {"integration-fallback": str(other.pk)}).status_code == 302
    place.refresh_from_db()
    assert place.fallback == other


def test_a_hold_says_who_says_what_and_what_waits(cast: Cast) -> None:
    place = make_integration(cast.team)
    hold(place)
    place = Integration.objects.select_related("health").get(pk=place.pk)

    text = full_standing_of(place, timezone.now()).text

    assert text.startswith("On hold since ")
    assert text.endswith(": Slack says “no_service”; nothing waits; the next alert tries it")


def test_what_waits_is_counted_along_the_open_ones_and_only_so_far(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_integration(cast.team)
    hold(place)
    place = Integration.objects.select_related("health").get(pk=place.pk)
    rule = rule_for(cast.team, place, test=make_test(cast.team))
    for n in range(3):
        trigger(rule, now, test=make_test(cast.team, f"t{n}"))

    with CaptureQueriesContext(connection) as asked:
        assert "; 3 messages wait; " in full_standing_of(place, now).text
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'' if postgresql() else 'QUERY PLAN '}{asked[-1]['sql']}")
        assert "delivery_open" in str(cursor.fetchall())

    for module in ("sql", "holding"):
        monkeypatch.setattr(f"integrations.{module}.COUNTED", 2)
    assert "; at least 2 messages wait; " in full_standing_of(place, now).text


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "dialog-body"}])
def test_no_page_is_silent_about_a_hold(headers: dict[str, str], client: Client, cast: Cast) -> None:
    client.force_login(cast.member)
    place = make_integration(cast.team)
    hold(place)
    now = timezone.now()
    told = {"told_through": "e-mail to the admins", "begin_told_at": now}
    Outage.objects.create(team=cast.team, integration=place, began_at=now, held_at=now, reason="network", **told)

    one = client.get(f"/t/ops/integrations/{place.pk}/", headers=headers).content.decode()
    every = client.get("/t/ops/integrations/", headers=headers).content.decode()

    for words in ("press Test", "make a new webhook", "No fallback is told", "through e-mail to the admins"):
        assert words in one
    for html in (one, every):
        assert "On hold since" in html
        assert "Slack says “no_service”" in html
    assert "1 integration is on hold: what waits there is sent as soon as it works." in every
    assert client.get("/t/ops/integrations/?held=1", headers=headers).content.decode().count("on hold") == 1


@pytest.mark.parametrize(("enabled", "words"), [(True, "Meanwhile reserve is told"), (False, "No fallback is told")])
def test_the_page_of_one_on_hold_says_who_stands_in(enabled: bool, words: str, client: Client, cast: Cast) -> None:
    client.force_login(cast.viewer)
    place = make_integration(cast.team)
    Integration.objects.filter(pk=place.pk).update(
        fallback=make_integration(cast.team, name="reserve", enabled=enabled)
    )
    hold(place)

    html = client.get(f"/t/ops/integrations/{place.pk}/").content.decode()

    assert words in html
    assert "press Test" not in html  # a viewer may not


def test_what_bellhop_says_is_not_put_into_the_mouth_of_others(cast: Cast) -> None:
    place = make_integration(cast.team)
    hold(place)
    Health.objects.filter(pk=place.pk).update(parked_reason="network", last_failure_words="no answer in time")
    place = Integration.objects.select_related("health").get(pk=place.pk)

    assert ": no answer in time; nothing waits" in full_standing_of(place, timezone.now()).text


def test_every_page_of_the_team_leads_to_what_is_on_hold(client: Client, cast: Cast) -> None:
    client.force_login(cast.member)
    place, theirs = make_integration(cast.team, name="held"), make_integration(cast.other_team)
    make_integration(cast.team, name="fine")
    hold(theirs)
    assert "on hold" not in client.get("/t/ops/alerts/").content.decode()

    hold(place)
    assert '?held=1">1 integration is on hold</a>' in client.get("/t/ops/alerts/").content.decode()
    html = client.get("/t/ops/integrations/?held=1").content.decode()
    assert ">held</a>" in html
    assert ">fine</a>" not in html


def test_a_test_of_an_older_config_is_said_to_be_one(cast: Cast, now: datetime) -> None:
    actor = Actor.system(cast.team)
    place = make_integration(cast.team)
    Health.objects.filter(pk=place.pk).update(last_test_at=now, last_test_ok=True, last_test_words="ok")

    services.update(actor, place, config={"channel": "#other"}, now=now + timedelta(minutes=1))

    place = Integration.objects.select_related("health").get(pk=place.pk)
    assert standing_of(place, now).text == "Changed since the last test"
