"""The services: who may, what is refused and why, what derives from the config, what the audit says."""

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from pytest_django import Settings

from integrations import selectors, services, vault
from integrations.masking import DOTS
from integrations.models import Health, Integration
from integrations.vault import Unreadable
from teams.access import Actor
from teams.errors import Conflict
from teams.models import AuditEntry
from tests.conftest import Cast
from tests.integrations.factories import HIPCHAT, SLACK_URL, make_integration

SECRET = "XXXXsecretslacktokenXXXX"


def create(actor: Actor, now: datetime, **changes: Any) -> Integration:
    fields = {"kind": "slack", "name": "ops", "config": {"url": SLACK_URL, "channel": "#ops"}, **changes}
    return services.create(actor, **fields, now=now)


def refusal(actor: Actor, now: datetime, **changes: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        create(actor, now, **changes)
    assert not Integration.objects.exists()
    found: dict[str, list[str]] = caught.value.message_dict
    return found


def test_what_lists_and_lanes_need_derives_from_the_config(member: Actor, now: datetime) -> None:
    slack = create(member, now)
    room = create(member, now, kind="hipchat", config=HIPCHAT)

    assert (slack.target, room.target) == ("#ops", "room 1147567")
    assert slack.rate_key != room.rate_key
    assert len(slack.rate_key) == 64
    assert Health.objects.get(integration=slack).consecutive_failures == 0


def test_two_integrations_of_one_room_share_its_rate_key_over_teams(
    member: Actor, outsider: Actor, now: datetime
) -> None:
    ours = create(member, now, kind="hipchat", config=HIPCHAT)
    theirs = create(outsider, now, kind="hipchat", config={**HIPCHAT, "token": "AnotherToken"})
    elsewhere = create(member, now, kind="hipchat", config={**HIPCHAT, "room": "8"})

    assert ours.rate_key == theirs.rate_key != elsewhere.rate_key


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "two\nlines", "tab\there", "\x00", "half \ud800", "a\u2028b"])
def test_a_name_is_one_line_of_1_to_100_characters(member: Actor, now: datetime, name: str) -> None:
    assert list(refusal(member, now, name=name)) == ["name"]


def test_white_space_around_a_name_is_no_part_of_it(member: Actor, now: datetime) -> None:
    assert create(member, now, name="  ops room ").name == "ops room"
    assert create(member, now, name="é" * 100).name == "é" * 100


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "pager"}, "kind"),
        ({"config": {}}, "config.url"),
        ({"config": {"url": "http://hooks.slack.com/services/a/b/c"}}, "config.url"),
        ({"config": {"url": "https://127.0.0.1/services/a/b/c"}}, "config.url"),
        ({"config": {"url": SLACK_URL, "room": "7"}}, "config.room"),
        ({"kind": "hipchat", "config": {"url": SLACK_URL}}, "config.url"),
    ],
)
def test_a_refusal_names_the_field_and_stores_nothing(
    member: Actor, now: datetime, changes: dict[str, Any], field: str
) -> None:
    assert field in refusal(member, now, **changes)


def test_the_cap_of_a_team_is_named(member: Actor, outsider: Actor, now: datetime, settings: Settings) -> None:
    settings.BELLHOP_MAX_INTEGRATIONS = 2
    made = [create(member, now), create(member, now)]
    services.builtin_email(member.team)

    with pytest.raises(ValidationError, match=r"at most 2 integrations \(BELLHOP_MAX_INTEGRATIONS\)"):
        create(member, now)

    assert create(outsider, now).pk
    services.archive(member, made[0], now)
    assert create(member, now).pk


def test_viewers_change_nothing(viewer: Actor, cast: Cast, now: datetime) -> None:
    made = make_integration(cast.team)

    with pytest.raises(PermissionDenied):
        create(viewer, now)
    with pytest.raises(PermissionDenied):
        services.update(viewer, made, name="mine", now=now)
    with pytest.raises(PermissionDenied):
        services.archive(viewer, made, now)
    with pytest.raises(PermissionDenied):
        services.test_saved(viewer, made, now)
    with pytest.raises(PermissionDenied):
        services.test_draft(viewer, kind="slack", name="x", config={"url": SLACK_URL}, now=now)


def test_another_teams_integration_is_out_of_reach(outsider: Actor, cast: Cast, now: datetime) -> None:
    made = make_integration(cast.team)

    for attempt in (
        lambda: services.update(outsider, made, name="mine", now=now),
        lambda: services.archive(outsider, made, now),
        lambda: services.test_saved(outsider, made, now),
        lambda: services.test_draft(outsider, kind="slack", name="x", config={}, integration=made, now=now),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    made.refresh_from_db()
    assert (made.name, made.archived_at) == ("ops", None)


def test_an_update_merges_the_config_and_derives_anew(member: Actor, now: datetime) -> None:
    made = create(member, now, kind="hipchat", config=HIPCHAT)

    changed = services.update(member, made, name="night shift", enabled=False, config={"room": "9"}, now=now)

    changed.refresh_from_db()
    assert (changed.name, changed.enabled, changed.target) == ("night shift", False, "room 9")
    assert changed.rate_key != made.rate_key
    assert vault.unseal(changed)["token"] == HIPCHAT["token"]


def test_an_update_that_changes_nothing_leaves_no_trace(member: Actor, now: datetime) -> None:
    made = create(member, now)
    entries = AuditEntry.objects.count()

    services.update(member, made, name="ops", enabled=True, config=selectors.masked_config(made), now=now)

    made.refresh_from_db()
    assert AuditEntry.objects.count() == entries
    assert vault.unseal(made)["url"] == SLACK_URL


def test_a_refused_update_changes_nothing_at_all(member: Actor, now: datetime) -> None:
    made = create(member, now)

    with pytest.raises(ValidationError):
        services.update(member, made, name="renamed", enabled=False, config={"url": "nonsense"}, now=now)

    made.refresh_from_db()
    assert (made.name, made.enabled, vault.unseal(made)["url"]) == ("ops", True, SLACK_URL)


def test_the_audit_tells_what_changed_with_secrets_masked(member: Actor, now: datetime) -> None:
    made = create(member, now)
    fresh = "https://hooks.slack.com/services/T0/B0/YYYYsecretslacktokenXXXX"
    services.update(member, made, name="night", config={"url": fresh}, now=now)
    services.archive(member, made, now)

    created, changed, archived = AuditEntry.objects.order_by("pk")
    mask = f"https://hooks.slack.com/{DOTS}XXXX"
    assert created.changes["config.url"] == [None, mask]
    assert created.changes["kind"] == [None, "slack"]
    assert changed.changes == {"name": ["ops", "night"], "config.url": [mask, mask]}
    assert (archived.action, archived.actor_text) == ("integration.archived", "Member")
    assert SECRET not in str([entry.changes for entry in (created, changed, archived)])


def test_a_write_and_its_audit_entry_stand_or_fall_together(
    member: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise DatabaseError("the audit cannot be written")

    monkeypatch.setattr("teams.audit.record", broken)

    with pytest.raises(DatabaseError):
        create(member, now)
    assert not Integration.objects.exists()
    assert not Health.objects.exists()


def test_an_archived_integration_stays_as_evidence_and_takes_no_change(member: Actor, now: datetime) -> None:
    made = create(member, now)

    services.archive(member, made, now)
    with pytest.raises(Conflict):
        services.update(member, made, name="read before it was removed", now=now)
    services.archive(member, made, now)

    made.refresh_from_db()
    assert made.archived_at == now
    assert not selectors.integrations_of(member.team).exists()
    assert AuditEntry.objects.filter(action="integration.archived").count() == 1
    with pytest.raises(Conflict):
        services.update(member, made, name="again", now=now)
    with pytest.raises(Conflict):
        services.test_saved(member, made, now)


def test_a_new_destination_starts_with_a_clean_health(member: Actor, now: datetime) -> None:
    made = create(member, now)
    Health.objects.filter(pk=made.pk).update(consecutive_failures=7, parked_at=now, parked_reason="destination_gone")

    services.update(member, made, name="same destination", now=now)
    assert Health.objects.get(pk=made.pk).consecutive_failures == 7

    services.update(member, made, config={"channel": "#night"}, now=now)
    health = Health.objects.get(pk=made.pk)
    assert (health.consecutive_failures, health.parked_at, health.parked_reason) == (0, None, "")


def test_unreadable_settings_are_entered_anew_and_never_guessed(member: Actor, now: datetime) -> None:
    made = create(member, now)
    Integration.objects.filter(pk=made.pk).update(sealed="nonsense")
    made.refresh_from_db()

    renamed = services.update(member, made, name="still broken", now=now)
    assert renamed.sealed == "nonsense"
    with pytest.raises(ValidationError) as caught:
        services.update(member, made, config={"channel": "#ops"}, now=now)
    assert list(caught.value.message_dict) == ["config.url"]

    services.update(member, made, config={"url": SLACK_URL}, now=now)
    made.refresh_from_db()
    assert vault.unseal(made)["url"] == SLACK_URL


def test_the_built_in_email_integration_is_one_a_team_and_hidden(cast: Cast) -> None:
    first, again = services.builtin_email(cast.team), services.builtin_email(cast.team)
    other = services.builtin_email(cast.other_team)

    assert first.pk == again.pk != other.pk
    assert (first.kind, first.builtin, first.enabled) == ("email", True, True)
    assert Health.objects.filter(integration=first).exists()
    assert selectors.settings_of(first) is not None
    assert not selectors.integrations_of(cast.team).exists()


def test_an_integration_of_a_kind_that_is_gone_is_unreadable_by_name(cast: Cast) -> None:
    made = make_integration(cast.team, name="old pager")
    made.kind = "pager"

    with pytest.raises(Unreadable, match="“old pager” are of the type “pager”"):
        selectors.settings_of(made)


def test_secrets_stand_in_no_repr_and_are_scrubbed_in_every_form(cast: Cast) -> None:
    made = make_integration(cast.team)
    secrets = selectors.secrets_of(made)

    assert SECRET not in repr(made) + repr(selectors.settings_of(made))
    words = f"you sent {SLACK_URL} with\nAuthorization: {SECRET}"
    assert SECRET not in selectors.scrub(words, secrets)
    assert "\n" not in selectors.scrub(words, secrets)
    assert len(selectors.scrub("x" * 500, secrets)) == 200
