"""Who changed what is written with the change and outlives everything it names."""

from datetime import datetime

import pytest
from django.db import transaction
from django.db.models import ProtectedError

from teams import audit
from teams.access import Actor
from teams.models import AuditEntry, Membership, Role
from tests.conftest import Cast


def actor(cast: Cast) -> Actor:
    return Actor(team=cast.team, role=Role.ADMIN, user=cast.owner)


def test_an_entry_names_actor_action_target_and_changes(cast: Cast, now: datetime) -> None:
    entry = audit.record(actor(cast), "team.changed", cast.team, {"name": ["Old", "Ops"], "at": [None, now]})

    entry.refresh_from_db()
    assert (entry.actor, entry.actor_text, entry.action) == (cast.owner, "Owner", "team.changed")
    assert (entry.target_type, entry.target_id, entry.target_text) == ("teams.team", str(cast.team.pk), "Ops")
    assert entry.changes == {"name": ["Old", "Ops"], "at": [None, "2026-03-02T12:00:00Z"]}


def test_a_hostile_name_stays_on_one_line_and_within_its_length(cast: Cast) -> None:
    cast.team.name = "Ops\r\nSubject: x\x00" + "y" * 300

    entry = audit.record(actor(cast), "team.changed", cast.team)

    entry.refresh_from_db()
    assert entry.target_text.startswith("Ops Subject: x yyy")
    assert len(entry.target_text) == 200


def test_a_change_that_rolls_back_leaves_no_entry(cast: Cast) -> None:
    with transaction.atomic():
        audit.record(actor(cast), "team.changed", cast.team)
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()


def test_neither_person_nor_team_can_be_deleted_from_under_the_evidence(cast: Cast) -> None:
    audit.record(actor(cast), "team.changed", cast.team)
    Membership.objects.all().delete()

    with pytest.raises(ProtectedError):
        cast.owner.delete()
    with pytest.raises(ProtectedError):
        cast.team.delete()
    assert AuditEntry.objects.get().actor_text == "Owner"


def test_differences_names_what_changed_and_nothing_else() -> None:
    before = {"name": "a", "enabled": True, "gone": 1}
    after = {"name": "b", "enabled": True, "new": 2}

    assert audit.differences(before, after) == {"name": ["a", "b"], "gone": [1, None], "new": [None, 2]}
