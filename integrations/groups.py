"""Every write of groups of integrations. Each is one transaction, with its audit entry in it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from integrations.drafts import clean_name
from integrations.grouping import members_of, rules_of
from integrations.models import Group, GroupMember, Integration
from integrations.testing import TestResult
from integrations.trials import test_together
from teams import audit
from teams.access import Actor, Permission, require
from teams.errors import Conflict
from teams.models import Team
from teams.words import listed

MOST_GROUPS = 200
MOST_MEMBERS = 200
NAMED = 50


def create(actor: Actor, *, name: str, integrations: Sequence[Integration] = (), now: datetime) -> Group:
    """A new group of these integrations; ValidationError names `name` or `integrations`."""
    require(actor, Permission.EDIT)
    clean = clean_name(name)
    with transaction.atomic():
        _lock(actor.team)
        if Group.objects.filter(team=actor.team).count() >= MOST_GROUPS:
            raise ValidationError(f"A team can have at most {MOST_GROUPS} groups.")
        _keep_name(actor.team, clean, 0)
        group = Group.objects.create(team=actor.team, name=clean, created_at=now)
        _set_members(group, integrations)
        audit.record(actor, "group.created", group, audit.differences({}, _facts(group)))
    return group


def update(
    actor: Actor, group: Group, *, name: str | None = None, integrations: Sequence[Integration] | None = None
) -> Group:
    """Change what is given; `integrations` are then all of it. May raise Conflict: it was deleted meanwhile."""
    require(actor, Permission.EDIT)
    with transaction.atomic():
        row = _locked(actor, group)
        before = _facts(row)
        if name is not None:
            row.name = clean_name(name)
            _keep_name(actor.team, row.name, row.pk)
            row.save(update_fields=["name"])
        if integrations is not None:
            _set_members(row, integrations)
        if changes := audit.differences(before, _facts(row)):
            audit.record(actor, "group.changed", row, changes)
    return row


def delete(actor: Actor, group: Group) -> None:
    """Take it off every rule and forget it; its integrations stay."""
    require(actor, Permission.EDIT)
    with transaction.atomic():
        row = _locked(actor, group)
        rules = list(rules_of(row).values_list("name", flat=True))
        lost = {**_facts(row), "rules": listed(rules, NAMED)}
        audit.record(actor, "group.deleted", row, audit.differences(lost, {}))
        row.delete()


def test(actor: Actor, group: Group, now: datetime) -> list[tuple[Integration, TestResult]]:
    """Post the marked message to each of its integrations; what came of each, by name. Tests have their limits."""
    own(actor, group)
    members = list(members_of(group))
    return list(zip(members, test_together(actor, members, now), strict=True))


def own_integrations(team: Team, ids: Collection[int]) -> list[Integration]:
    """The team's integrations with these ids; ValidationError at `integrations` that names the first other one."""
    found = Integration.objects.of(team).in_bulk(set(ids))
    if strange := [each for each in ids if each not in found]:
        raise ValidationError({"integrations": [f"There is no integration {strange[0]} in this team."]})
    return list(found.values())


def own(actor: Actor, group: Group) -> None:
    """Refuse another team's."""
    if group.team_id != actor.team.pk:
        raise PermissionDenied("This group belongs to another team.")


def _locked(actor: Actor, group: Group) -> Group:
    own(actor, group)
    _lock(actor.team)
    row = Group.objects.filter(pk=group.pk).first()
    if row is None:
        raise Conflict("This group was deleted.")
    return row


def _lock(team: Team) -> None:
    """Its row, so that two at once cannot pass a cap or take one name."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)


def _keep_name(team: Team, name: str, own_id: int) -> None:
    if Group.objects.filter(team=team, name=name).exclude(pk=own_id).exists():
        raise ValidationError({"name": [f"Another group is called “{name}” already."]})


def _set_members(group: Group, integrations: Sequence[Integration]) -> None:
    """Exactly these; ValidationError at `integrations` for too many, or for one that is no part of the team."""
    wanted = {each.pk for each in integrations}
    if len(wanted) > MOST_MEMBERS:
        raise ValidationError(
            {"integrations": [f"A group holds at most {MOST_MEMBERS} integrations; these are {len(wanted)}."]}
        )
    own_integrations(group.team, wanted)
    group.members.exclude(integration__in=wanted).delete()
    known = set(group.members.values_list("integration", flat=True))
    GroupMember.objects.bulk_create(
        GroupMember(team=group.team, group=group, integration_id=each) for each in sorted(wanted - known)
    )


def _facts(group: Group) -> dict[str, object]:
    return {"name": group.name, "integrations": [each.name for each in members_of(group)]}
