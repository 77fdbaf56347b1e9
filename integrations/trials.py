"""Test, before and after saving, and what a successful Test is good for later. Never inside a transaction."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max

from channels_app.contract import Settings, Spec
from channels_app.fields import KindForm
from channels_app.speech import ENGLISH, Speech
from integrations import consent, forms, testing, vault
from integrations.drafts import clean_name, current_config, own
from integrations.models import Health, Integration
from integrations.selectors import speech_for
from integrations.signals import mended
from integrations.testing import TestResult
from integrations.vault import Unreadable
from teams import audit, counters, quotas
from teams.access import Actor, Permission, require
from teams.errors import TooOften
from teams.models import Counter, Team

TESTS_A_MINUTE = 6
TEAM_TESTS_A_MINUTE = 60
PROOF_SECONDS = 600
AT_ONCE = 20


def test_saved(
    actor: Actor,
    integration: Integration,
    now: datetime,
    speech: Speech | None = None,  # noqa: PT028 - no test of ours
) -> TestResult:
    """Post a marked message to the integration as it is stored; remembered in its health. May raise TooOften.

    `speech` is what was typed, where that differs from what is stored.
    """
    require(actor, Permission.EDIT)
    own(actor, integration)
    throttle(actor.team, str(integration.pk), now)
    silent = _silent_of(integration, now)
    result = _tried(integration, actor.team, now, speech, silent)
    _note(actor, integration, result, now)
    return result


def test_together(
    actor: Actor,
    integrations: Sequence[Integration],
    now: datetime,
) -> list[TestResult]:
    """The same for each of them, all at once; where a limit was reached, its result says that nothing was sent."""
    require(actor, Permission.EDIT)
    refused: dict[int, TestResult] = {}
    silent: dict[int, frozenset[str]] = {}
    for each in integrations:
        own(actor, each)
        try:
            throttle(actor.team, str(each.pk), now)
            silent[each.pk] = _silent_of(each, now)
        except TooOften as refusal:
            refused[each.pk] = TestResult(False, None, f"Nothing was sent. {refusal.message}")
    sent = [each for each in integrations if each.pk not in refused]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tried = pool.map(lambda each: _tried(each, actor.team, now, silent=silent[each.pk]), sent)
        results = dict(zip(sent, tried, strict=True))
    for each, result in results.items():
        _note(actor, each, result, now)
    return [refused.get(each.pk) or results[each] for each in integrations]


def _silent_of(integration: Integration, now: datetime) -> frozenset[str]:
    """Whom it must not write to; its other mails count among those of the team's day. May raise TooOften."""
    try:
        spec = forms.spec_of(integration.kind)
        settings = spec.settings(vault.unseal(integration))
    except Unreadable:
        return frozenset()  # nothing can be sent there
    silent = consent.silent_of(integration.team_id, spec, settings)
    quotas.spend_mails(integration.team_id, _mails(spec, settings, silent), now)
    return silent


def _mails(spec: Spec, settings: Settings, silent: frozenset[str]) -> int:
    return len(spec.recipients(spec.without(settings, silent)))


def _tried(
    integration: Integration,
    team: Team,
    now: datetime,
    speech: Speech | None = None,
    silent: frozenset[str] = frozenset(),
) -> TestResult:
    """No word of it is in the database yet: any thread may call it."""
    try:
        config = vault.unseal(integration)
        message = testing.test_message(integration.name, team, now, speech or speech_for(integration))
        return testing.attempt(integration.kind, config, message, silent)
    except Unreadable as error:
        return TestResult(False, None, str(error))


def _note(actor: Actor, integration: Integration, result: TestResult, now: datetime) -> None:
    """In its health, and in the audit; one that went well mends it."""
    cured: dict[str, Any] = {"consecutive_failures": 0, "parked_at": None, "parked_reason": ""} if result.ok else {}
    with transaction.atomic():
        Health.objects.filter(pk=integration.pk).update(
            last_test_at=now, last_test_ok=result.ok, last_test_words=result.detail[:300], **cured
        )
        audit.record(actor, "integration.tested", integration, {"ok": [None, result.ok]})
        if result.ok:
            mended.send(Integration, integration=integration, now=now)


def test_draft(
    actor: Actor,
    *,
    kind: str,
    name: str,
    config: Mapping[str, Any],
    integration: Integration | None = None,  # noqa: PT028 - no test of ours
    speech: Speech | None = None,  # noqa: PT028 - no test of ours
    now: datetime,
) -> TestResult:
    """Post a marked message to what was typed, nothing stored. `integration` is the one being edited: its secrets
    stand in for their masks. ValidationError as in saving; may raise TooOften."""
    require(actor, Permission.EDIT)
    clean = clean_name(name)
    current = None
    if integration is not None:
        own(actor, integration)
        same_kind(integration, kind)
        current = current_config(integration)
    form = forms.form_for(kind, config, current, excused=forms.spec_of(kind).form.excusable)
    checked = config_of(form)
    throttle(actor.team, str(integration.pk) if integration else "draft", now)
    said = speech or (speech_for(integration) if integration else ENGLISH)
    spec = forms.spec_of(kind)
    settings = spec.settings(checked)
    silent = consent.silent_for(actor, spec, settings)
    quotas.spend_mails(actor.team.pk, _mails(spec, settings, silent), now)
    result = testing.attempt(kind, checked, testing.test_message(clean, actor.team, now, said), silent)
    key = _proof_key(actor.team, kind, checked)
    if result.ok:
        counters.count(key, 1, now)
    else:
        Counter.objects.filter(key=key).delete()
    return result


def prove(
    actor: Actor,
    kind: str,
    name: str,
    config: Mapping[str, Any],
    integration: Integration | None,
    now: datetime,
) -> None:
    """Before saving: where only a successful Test can lift what the form has against `config`, run that Test.

    Inside a transaction nothing is sent; there the Test button must have been pressed before.
    """
    current = current_config(integration) if integration else None
    form = forms.form_for(kind, config, current)
    if not forms.doubts(form) or connection.in_atomic_block:
        return
    whole = forms.form_for(kind, config, current, excused=form.excusable)
    if whole.is_valid() and not proven(actor.team, kind, whole.config(), now):
        test_draft(actor, kind=kind, name=name, config=config, integration=integration, now=now)


def settle(
    team: Team, kind: str, config: Mapping[str, Any], current: Mapping[str, Any] | None, now: datetime
) -> dict[str, Any]:
    """The whole config to be stored; ValidationError with `config.<field>` names."""
    form = forms.form_for(kind, config, current)
    doubted = forms.doubts(form)
    if doubted:
        excused = forms.form_for(kind, config, current, excused=doubted)
        if excused.is_valid() and proven(team, kind, excused.config(), now):
            form = excused
    return config_of(form)


def proven(team: Team, kind: str, config: Mapping[str, Any], now: datetime) -> datetime | None:
    """When, to the second, a Test of exactly this last went well within 10 minutes; None: it did not."""
    since = int(now.timestamp()) - PROOF_SECONDS
    found = Counter.objects.filter(key=_proof_key(team, kind, config), window__gte=since).aggregate(last=Max("window"))
    return None if found["last"] is None else datetime.fromtimestamp(found["last"], UTC)


def remember(integration: Integration, config: Mapping[str, Any], now: datetime) -> None:
    """After saving: a Test of exactly this config that went well just before counts in the integration's health."""
    at = proven(integration.team, integration.kind, config, now)
    health = integration.health
    if at is None or (health.last_test_at and health.last_test_at >= at):
        return
    health.last_test_at, health.last_test_ok, health.last_test_words = at, True, "tested before it was saved"
    health.save(update_fields=["last_test_at", "last_test_ok", "last_test_words"])


def config_of(form: KindForm) -> dict[str, Any]:
    """The form's config; ValidationError with `config.<field>` names."""
    if not form.is_valid():
        raise ValidationError(dict(forms.errors_of(form)))
    return form.config()


def same_kind(integration: Integration, kind: str) -> None:
    """The type of an integration never changes: ValidationError at `kind`."""
    if integration.kind != kind:
        raise ValidationError({"kind": ["The type of an integration cannot change. Add another integration instead."]})


def throttle(team: Team, what: str, now: datetime) -> None:
    """Six calls a minute each; and sixty a team, or many integrations would scan many ports. May raise TooOften."""
    for key, most in (
        (f"integration-test:{team.pk}:{what}", TESTS_A_MINUTE),
        (f"tests:{team.pk}", TEAM_TESTS_A_MINUTE),
    ):
        if counters.count(key, 60, now) > most:
            wait = counters.seconds_left(60, now)
            raise TooOften(f"At most {most} tests a minute are sent. Try again in {wait} s.", wait)


def _proof_key(team: Team, kind: str, config: Mapping[str, Any]) -> str:
    return f"integration-proof:{vault.keyed_hash(json.dumps([team.pk, kind, config], sort_keys=True))}"
