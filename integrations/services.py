"""Every write of integrations. Each is one transaction, with its audit entry in it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Unpack

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from channels_app.addresses import normal
from channels_app.hearing import Trust
from channels_app.registry import kind as kind_named
from channels_app.text import line
from integrations import consent, masking, policies, vault
from integrations.drafts import clean_name, current_config, own
from integrations.forms import spec_of
from integrations.models import Health, Integration
from integrations.policies import Policy
from integrations.signals import mended
from integrations.trials import prove, remember, settle, test_draft, test_saved
from teams import audit
from teams.access import Actor, Permission, require
from teams.models import Team

__all__ = ["archive", "builtin_email", "create", "test_draft", "test_saved", "update"]

BUILTIN_KIND = "email"
TARGET_LENGTH = 200


class Keep(Enum):
    """What stands for a value that is left as it is, where None is a value."""

    KEEP = "keep"


def create(
    actor: Actor,
    *,
    kind: str,
    name: str,
    enabled: bool = True,
    config: Mapping[str, Any],
    fallback: Integration | None = None,
    hears_trouble: bool = False,
    now: datetime,
    **policy: Unpack[Policy],
) -> Integration:
    """A new integration with its health; ValidationError names `kind`, `config.<field>` or the argument.

    A config that only a successful Test can excuse is tested first (see trials.prove).
    """
    require(actor, Permission.EDIT)
    clean = clean_name(name)
    prove(actor, kind, clean, config, None, now)
    with transaction.atomic():
        _keep_cap(actor.team)
        row = Integration(team=actor.team, kind=kind, name=clean, enabled=enabled, created_at=now)
        whole = settle(actor.team, kind, config, None, now)
        policies.lay(row, policy)
        _set_places(actor, row, fallback, hears_trouble, now)
        _put(row, whole)
        row.save()
        Health.objects.create(integration=row)
        remember(row, whole, now)
        consent.ask(actor, _addresses(row.kind, whole), now)
        known = {"kind": kind, **_facts(row, whole), **policies.unusual(row)}
        audit.record(actor, "integration.created", row, _changes(row, {}, known))
    return row


def update(
    actor: Actor,
    integration: Integration,
    *,
    name: str | None = None,
    enabled: bool | None = None,
    config: Mapping[str, Any] | None = None,
    fallback: Integration | Keep | None = Keep.KEEP,
    hears_trouble: bool | None = None,
    now: datetime,
    **policy: Unpack[Policy],
) -> Integration:
    """Change what is given (`config` is merged, see forms.form_for); the integration as it is then."""
    require(actor, Permission.EDIT)
    own(actor, integration)
    clean = integration.name if name is None else clean_name(name)
    if config is not None:
        prove(actor, integration.kind, clean, config, integration, now)
    with transaction.atomic():
        row = _locked(actor, integration)
        stored = current_config(row)
        before = _facts(row, stored or {}) | policies.facts(row)
        row.name = row.name if name is None else clean
        was_enabled, row.enabled = row.enabled, row.enabled if enabled is None else enabled
        policies.lay(row, policy)
        _set_places(actor, row, fallback, hears_trouble, now)
        whole = stored if config is None else settle(actor.team, row.kind, config, stored, now)
        changes = _changes(row, before, _facts(row, whole or {}) | policies.facts(row))
        if changes:
            _write(row, stored, whole)
            consent.ask(actor, _addresses(row.kind, whole or {}) - _addresses(row.kind, stored or {}), now)
            audit.record(actor, "integration.changed", row, changes)
        if config is not None and whole is not None:
            remember(row, whole, now)
        if row.enabled and (not was_enabled or whole != stored):
            mended.send(Integration, integration=row, now=now)
    return row


def archive(actor: Actor, integration: Integration, now: datetime) -> None:
    """Remove the integration from use; its row stays as evidence. Doing it twice changes nothing."""
    require(actor, Permission.EDIT)
    with transaction.atomic():
        _lock(actor.team)
        row = Integration.objects.select_for_update().get(pk=integration.pk)
        if row.archived_at is None:
            own(actor, row)
            row.archived_at, row.hears_trouble_since = now, None
            row.save(update_fields=["archived_at", "hears_trouble_since", "updated_at"])
            _leave_alone(actor, row)
            audit.record(actor, "integration.archived", row)


def builtin_email(team: Team) -> Integration:
    """The team's own e-mail integration, through which rule recipients are told; made at its first use.

    Nobody sets it up, so it shows the graph.
    """
    found = Integration.objects.filter(team=team, kind=BUILTIN_KIND, builtin=True).first()
    if found is not None:
        return found
    draft = Integration(team=team, kind=BUILTIN_KIND, name="E-mail", builtin=True, uid=uuid.uuid4(), picture=True)
    _put(draft, {})
    columns = {name: getattr(draft, name) for name in ("uid", "name", "sealed", "target", "rate_key", "picture")}
    with transaction.atomic():
        row, _ = Integration.objects.get_or_create(team=team, kind=BUILTIN_KIND, builtin=True, defaults=columns)
        Health.objects.get_or_create(integration=row)
    return row


def _addresses(kind: str, config: Mapping[str, Any]) -> set[str]:
    """All that it writes to, in their normal form."""
    spec = spec_of(kind)
    if not config or not spec.writes_to_people:
        return set()
    return {normal(address) for address in spec.recipients(spec.settings(config))}


def _locked(actor: Actor, integration: Integration) -> Integration:
    """The row as it is now, which no other change can reach, with its health."""
    _lock(actor.team)
    # Rows that point to it may be written meanwhile, by those who hold what `mended` has to wait for.
    rows = Integration.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("health").get(pk=integration.pk)
    own(actor, row)
    return row


def _lock(team: Team) -> None:
    """Its row, before any of its integrations: two at once cannot pass the cap, share a role or wait in a circle."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)


def _keep_cap(team: Team) -> None:
    _lock(team)
    cap = settings.BELLHOP_MAX_INTEGRATIONS
    if Integration.objects.of(team).count() >= cap:
        raise ValidationError(f"A team can have at most {cap:,} integrations (BELLHOP_MAX_INTEGRATIONS).")


def _put(row: Integration, config: dict[str, Any]) -> None:
    """Lay the config and what derives from it onto the row."""
    spec = spec_of(row.kind)
    typed = spec.settings(config)
    row.sealed = vault.seal(row.team_id, row.uid, config)
    row.target = line(spec.target(typed))[:TARGET_LENGTH]
    row.rate_key = vault.keyed_hash(f"{row.kind}:{spec.rate_key(typed)}")
    row.living, hear = spec.lives(typed), kind_named(row.kind).hear
    row.two_way = hear is not None and hear.trust(typed) not in (Trust.NOBODY, Trust.READING)
    key = hear.key(typed) if hear else ""
    row.hears_key = vault.keyed_hash(f"hears:{row.kind}:{key}") if key else ""


def _set_places(
    actor: Actor, row: Integration, fallback: Integration | Keep | None, hears_trouble: bool | None, now: datetime
) -> None:
    """Who stands in for it, and whether it hears of others' trouble: then no other of the team does any more."""
    if not isinstance(fallback, Keep):
        if fallback is not None and (fallback.pk == row.pk or not _is_own(row.team, fallback)):
            raise ValidationError({"fallback": ["Choose another integration of the team."]})
        row.fallback = fallback
    if hears_trouble is not None and hears_trouble != row.hears_trouble:
        row.hears_trouble_since = now if hears_trouble else None
        if hears_trouble:
            _relieve_others(actor, row)


def _relieve_others(actor: Actor, row: Integration) -> None:
    """Of hearing of trouble; nothing else of them changed."""
    for other in Integration.objects.filter(team=row.team, hears_trouble_since__isnull=False).exclude(pk=row.pk):
        other.hears_trouble_since = None
        other.save(update_fields=["hears_trouble_since"])
        audit.record(actor, "integration.changed", other, {"hears_trouble": [True, False]})


def _leave_alone(actor: Actor, row: Integration) -> None:
    """Nobody has it as fallback any more."""
    for other in row.stood_in_for.filter(archived_at=None):
        audit.record(actor, "integration.changed", other, {"fallback": [row.name, None]})
    row.stood_in_for.update(fallback=None)


def _is_own(team: Team, integration: Integration) -> bool:
    return integration.team_id == team.pk and integration.archived_at is None and not integration.builtin


def _write(row: Integration, stored: dict[str, Any] | None, whole: dict[str, Any] | None) -> None:
    columns = ["name", "enabled", "fallback", "hears_trouble_since", "updated_at", *policies.FIELDS]
    if whole is not None and whole != stored:
        _put(row, whole)
        columns += ["sealed", "target", "rate_key", "living", "two_way", "hears_key"]
        # What was held against the old destination says nothing of the new one.
        Health.objects.filter(pk=row.pk).update(
            consecutive_failures=0, parked_at=None, parked_reason="", last_test_ok=None
        )
    row.save(update_fields=columns)


def _facts(row: Integration, config: Mapping[str, Any]) -> dict[str, Any]:
    fields = {f"config.{name}": value for name, value in config.items()}
    places = {"fallback": row.fallback and row.fallback.name, "hears_trouble": row.hears_trouble}
    return {"name": row.name, "enabled": row.enabled, **places, **fields}


def _changes(row: Integration, before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """What differs, secrets masked only after they were compared."""
    secret = {f"config.{name}" for name in spec_of(row.kind).form.secret_fields}
    found = audit.differences(before, after)
    return {
        name: [masking.mask(str(value)) if value and name in secret else value for value in pair]
        for name, pair in found.items()
    }
