"""Who changed what is told where the team wants to hear it: gathered, without secrets, and to nobody else."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from alerts.models import AlertRule
from alerts.services import rules, tests
from channels_app import registry
from deliveries import changes, changes_text, timers
from deliveries.models import Watermark
from integrations import groups, services
from integrations.models import Health, Integration
from integrations.vault import unseal
from teams import audit
from teams.access import Actor, actor_for
from teams.models import AuditEntry, Role, Team
from teams.services import change_role, create_api_key, invite, revoke_api_key
from tests.channels_app.samples import config_for
from tests.conftest import Cast
from tests.deliveries.stage import slack
from tests.factories import MembershipFactory, UserFactory
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def ann(cast: Cast) -> Actor:
    actor = actor_for(cast.owner, cast.team)
    assert actor is not None
    return actor


def listener(team: Team, receiver: Receiver, now: datetime, name: str = "watch") -> Integration:
    """A room that hears of changes, and has been told that it does."""
    place = slack(team, receiver, name)
    services.update(Actor.system(team), place, hears_changes=True, now=now)
    settle(now)
    changes.tell_due(now + MINUTE)
    receiver.received.clear()
    place.refresh_from_db()
    return place


def settle(at: datetime) -> None:
    """As if all that nobody has heard of was changed then."""
    known = max(Watermark.objects.filter(name__startswith="changes.").values_list("number", flat=True), default=0)
    AuditEntry.objects.filter(pk__gt=known).update(at=at)


def told(receiver: Receiver) -> list[str]:
    """What the room was told, a text a message."""
    return [json.dumps(json.loads(each.body), ensure_ascii=False) for each in receiver.received]


def note(team: Team, at: datetime, what: str = "team.changed", **fields: list[Any]) -> AuditEntry:
    entry = audit.record(Actor.system(team), what, team, fields or {"name": ["a", "b"]})
    AuditEntry.objects.filter(pk=entry.pk).update(at=at)
    return entry


def test_an_editing_session_is_one_message_with_who_what_and_from_what_to_what(
    cast: Cast, receiver: Receiver, ann: Actor, now: datetime
) -> None:
    listener(cast.team, receiver, now)
    rule = rules.create_rule(ann, {"name": "Slow", "conditions": [condition(500)], "severity": "minor"}, now)
    for severity in ("major", "critical"):
        rules.update_rule(ann, AlertRule.objects.get(pk=rule.pk), {"severity": severity}, now)
    tests.create_test(ann, {"slug": "checkout", "name": "Checkout"}, now)
    settle(now + MINUTE)

    changes.tell_due(now + MINUTE + 29 * SECOND)
    assert told(receiver) == []
    for wait in (30, 40, 400):
        changes.tell_due(now + MINUTE + wait * SECOND)

    (message,) = told(receiver)
    assert "3 changes by Owner" in message
    assert "Rule changed: Slow" in message
    assert "severity: minor → critical" in message
    assert "Test created: " in message
    assert "/t/ops/team/history/" in message


def condition(threshold: float) -> dict[str, Any]:
    return {"metric": "response_time", "operator": ">", "threshold": threshold}


def test_it_waits_while_more_comes_but_not_for_ever(cast: Cast, receiver: Receiver, now: datetime) -> None:
    listener(cast.team, receiver, now)
    start = now + MINUTE
    for n in range(20):
        note(cast.team, start + n * 10 * SECOND, name=[f"name {n}", f"name {n + 1}"])
        changes.tell_due(start + n * 10 * SECOND)

    # The first was told after three minutes; what was written in the last 30 seconds waits for the next message.
    (message,) = told(receiver)
    assert "name: name 0 → name 16" in message
    changes.tell_due(start + 190 * SECOND + 30 * SECOND)
    assert "name: name 16 → name 20" in told(receiver)[1]


def test_every_change_of_settings_has_its_words(cast: Cast, receiver: Receiver, ann: Actor, now: datetime) -> None:
    place = listener(cast.team, receiver, now)
    room = make_integration(cast.team, name="ops room")
    services.update(ann, room, config={"url": "https://hooks.slack.com/services/T1/B1/anothersecret"}, now=now)
    group = groups.create(ann, name="night shift", integrations=[room], now=now)
    groups.delete(ann, group)
    services.archive(ann, room, now)
    key, plain = create_api_key(ann, cast.team, "deploy", "member", None, now)
    revoke_api_key(ann, key, now)
    invite(ann, "bob@example.com", "viewer", now)
    person = MembershipFactory.create(team=cast.team, user=UserFactory.create(email="carl@example.com"))
    change_role(ann, person, Role.VIEWER, now)
    settle(now)

    changes.tell_due(now + MINUTE)

    (message,) = told(receiver)
    for words in (
        "Integration created: ops room",
        "Integration changed: ops room",
        "config.url: a new secret",
        "Group created: night shift",
        "integrations: ops room",
        "Group deleted: night shift",
        "Integration archived: ops room",
        "API key created: ",
        "API key revoked: ",
        "Invitation created: ",
        "bob@example.com",
        "Membership changed: ",
        "role: member → viewer",
    ):
        assert words in message, words
    for secret in ("anothersecret", "secretslack", "••••", plain, key.digest):
        assert secret not in message
    assert Watermark.objects.get(pk=f"changes.{place.pk}").at is None


@pytest.mark.parametrize("kind", [each.spec.kind for each in registry.kinds()])
def test_no_kinds_secret_is_told_whole_or_in_part(
    kind: str, cast: Cast, receiver: Receiver, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_text, "NAMED_FIELDS", 100)
    row = make_integration(cast.team, kind, config=config_for(kind, receiver.url))
    config = unseal(row)
    secrets = [str(config[name]) for name in registry.kind(kind).spec.form.secret_fields if config.get(name)]

    message = repr(changes_text.message_of(row, [AuditEntry.objects.latest("id")], now))

    for secret in secrets:
        assert secret not in message
    assert "••••" not in message
    assert message.count("a new secret") == len(secrets)


def test_it_is_told_to_those_that_hear_of_it_and_never_of_another_team(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    listener(cast.team, receiver, now)
    listener(cast.other_team, receiver, now, "theirs")
    deaf = slack(cast.team, receiver, "deaf")
    settle(now)
    changes.tell_due(now + MINUTE)
    receiver.received.clear()
    note(cast.team, now, name=["quiet", "canary of ops"])
    note(cast.other_team, now, name=["quiet", "canary of rivals"])

    changes.tell_due(now + MINUTE)

    heard = {each.path: json.dumps(json.loads(each.body)) for each in receiver.received}
    assert {path.rsplit("/", 1)[-1].split("-")[0] for path in heard} == {"watch", "theirs"}
    for path, body in heard.items():
        assert ("canary of ops" in body) == ("watch" in path)
        assert ("canary of rivals" in body) == ("theirs" in path)
        assert deaf.name not in path


def test_what_was_before_somebody_chose_it_is_not_told_there(cast: Cast, receiver: Receiver, now: datetime) -> None:
    note(cast.team, now, name=["old", "long ago"])
    place = slack(cast.team, receiver)
    services.update(Actor.system(cast.team), place, hears_changes=True, now=now)
    settle(now)
    changes.tell_due(now + MINUTE)
    (first,) = told(receiver)
    assert "long ago" not in first
    assert "hears changes: no → yes" in first

    for on in (False, True):
        services.update(Actor.system(cast.team), place, hears_changes=on, now=now)
        note(cast.team, now, name=["then", f"while {on}"])
    settle(now)
    changes.tell_due(now + MINUTE)
    (_, second) = told(receiver)
    assert "while True" in second
    assert "while False" not in second


def test_what_could_not_be_told_is_told_later_and_given_up_in_the_end(
    cast: Cast, receiver: Receiver, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    place = listener(cast.team, receiver, now)
    receiver.default = Answer(500)
    note(cast.team, now, name=["a", "first"])
    at = now + MINUTE
    changes.tell_due(at)
    changes.tell_due(at + SECOND)
    assert len(receiver.received) == 1
    note(cast.team, at, name=["a", "second"])
    changes.tell_due(at + 5 * SECOND)
    receiver.default = Answer()
    changes.tell_due(at + 5 * MINUTE)
    assert "first" in told(receiver)[-1] or "second" in told(receiver)[-1]
    assert Watermark.objects.get(pk=f"changes.{place.pk}").seen == 0

    receiver.default, sent = Answer(500), len(receiver.received)
    note(cast.team, at, name=["a", "hopeless"])
    for n in range(1, 100):
        changes.tell_due(at + n * 15 * MINUTE)
    assert len(receiver.received) - sent == changes.MOST_TRIES
    assert "is not told of 1 changes any more" in caplog.text
    assert "XXXXsecretXXXX" not in caplog.text


def test_its_times_are_those_of_the_integration(cast: Cast, now: datetime) -> None:
    place = make_integration(cast.team, "email", config={"to": ["boss@example.com"]})
    services.update(Actor.system(cast.team), place, hears_changes=True, time_zone="Asia/Tokyo", now=now)
    settle(now)

    changes.tell_due(now + MINUTE)

    assert "2026-03-02 21:00 JST" in mail.outbox[0].body


def test_what_cannot_be_put_into_words_keeps_no_other_waiting(
    cast: Cast, receiver: Receiver, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    place = listener(cast.team, receiver, now)
    listener(cast.other_team, receiver, now, "theirs")
    note(cast.team, now, name=[])
    note(cast.other_team, now)

    changes.tell_due(now + MINUTE)

    (heard,) = receiver.received
    assert "theirs" in heard.path
    assert f"the message of changes for integration {place.pk} failed" in caplog.text
    assert Watermark.objects.get(pk=f"changes.{place.pk}").seen == 1


def test_a_crash_while_telling_tells_again_and_nothing_twice_without_one(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place = listener(cast.team, receiver, now)
    note(cast.team, now)
    at = now + MINUTE
    assert changes._take(place.pk, at) is not None  # and then the process dies

    assert changes._take(place.pk, at) is None
    changes.tell_due(at + MINUTE)
    assert told(receiver) == []
    changes.tell_due(at + 2 * MINUTE)
    changes.tell_due(at + 9 * MINUTE)
    assert len(told(receiver)) == 1


def test_who_cannot_hear_is_not_called_and_hears_later_what_is_not_too_old(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place = listener(cast.team, receiver, now)
    note(cast.team, now, name=["a", "old news"])
    note(cast.team, now + timedelta(hours=20), name=["a", "fresh news"])
    Health.objects.filter(pk=place.pk).update(parked_at=now)
    changes.tell_due(now + timedelta(hours=21))
    Health.objects.filter(pk=place.pk).update(parked_at=None)
    Integration.objects.filter(pk=place.pk).update(enabled=False)
    changes.tell_due(now + timedelta(hours=22))
    assert told(receiver) == []

    Integration.objects.filter(pk=place.pk).update(enabled=True)
    changes.tell_due(now + timedelta(hours=30))
    (message,) = told(receiver)
    assert "fresh news" in message


def test_tests_and_messages_sent_again_change_nothing(
    cast: Cast, receiver: Receiver, ann: Actor, now: datetime
) -> None:
    place = listener(cast.team, receiver, now)
    services.test_saved(ann, place, now)
    receiver.received.clear()
    settle(now)

    changes.tell_due(now + MINUTE)

    assert told(receiver) == []
    assert changes.due(now + 2 * MINUTE) == []


def test_hundreds_of_changes_are_one_message_that_counts_them(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = listener(cast.team, receiver, now)
    team = cast.team
    AuditEntry.objects.bulk_create(
        AuditEntry(
            team=team,
            at=now,
            actor_text=f"Person {n % 5}",
            action="rule.changed",
            target_type="alerts.alertrule",
            target_id=str(n),
            target_text=f"Rule {n} <!channel> @here",
            changes={f"field {each}": ["x" * 5_000, "y" * 5_000] for each in range(20)},
        )
        for n in range(700)
    )

    changes.tell_due(now + MINUTE)

    (message,) = told(receiver)
    assert "700 changes by Person 0, Person 1, Person 2 and 2 more" in message
    assert "And 685 more." in message
    assert "<!channel>" not in message
    assert Watermark.objects.get(pk=f"changes.{place.pk}").seen == 0


def test_it_goes_by_mail_too_and_by_the_timers_turn(cast: Cast, now: datetime) -> None:
    place = make_integration(cast.team, "email", config={"to": ["boss@example.com"]})
    services.update(Actor.system(cast.team), place, hears_changes=True, now=now)
    settle(now)

    changes.tell_due(now + MINUTE)

    (letter,) = mail.outbox
    assert letter.to == ["boss@example.com"]
    assert letter.subject == "Integration changed by Bellhop: ops (email)"
    assert "deliveries.changes" in {name for name, _, _ in timers.JOBS}
