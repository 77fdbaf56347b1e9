"""Evidence of who changed what. Call `record` inside the transaction of the change."""

from typing import Any

from django.db import models

from teams.access import Actor
from teams.models import AuditEntry
from teams.words import one_line

TEXT_LENGTH = 200


def record(actor: Actor, action: str, target: models.Model, changes: dict[str, list[Any]] | None = None) -> AuditEntry:
    """Write down that the actor did `action` ("integration.changed") to `target`.

    `changes` maps field -> [before, after]; secrets must be masked already.
    """
    return AuditEntry.objects.create(
        team=actor.team,
        actor=actor.user,
        actor_text=one_line(actor.text)[:TEXT_LENGTH],
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_text=one_line(str(target))[:TEXT_LENGTH],
        changes=changes or {},
    )


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Map each name whose value differs to [before, after]; a name that one side lacks counts as None there."""
    names = [*before, *(name for name in after if name not in before)]
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}
