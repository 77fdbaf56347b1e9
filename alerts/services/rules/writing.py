"""Writes rules, and has what they say judged at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from alerts import lifecycle, rebuilding, sql, watches
from alerts.models import AlertRule, ClearedReason, Condition, RuleState, RuleTest
from alerts.selectors import stored_rule
from alerts.services.rules import telling
from alerts.services.rules.attaching import attach_tests
from alerts.services.rules.fields import LISTS, as_words, read_rule
from alerts.services.rules.stamps import stamp_of_words
from alerts.signals import quiet_changed
from alerts.watches import Watch
from channels_app.addresses import normal
from integrations import consent
from teams import audit
from teams.access import Actor, Permission, require
from teams.errors import Conflict

# What decides whether an alert is open; a change of anything else is not judged.
JUDGED = frozenset(
    {
        "severity",
        "match",
        "conditions",
        "rounds_required",
        "rounds_window",
        "rounds_mode",
        "minimum_sources",
        "minimum_sources_percent",
        "when_data_stops",
        "no_data_minutes",
        "reopen_after",
    }
)


# What holds messages back, so that what is held must be judged anew.
QUIET = frozenset({"hours", "least_gap_minutes"})


class Outdated(Conflict):
    """The rule is not as the actor saw it any more; nothing was changed."""


@transaction.atomic
def create_rule(actor: Actor, fields: Mapping[str, Any], now: datetime) -> AlertRule:
    """A rule, judged at once on what its tests have stored. A ValidationError names every field that is wrong."""
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    values = read_rule(actor.team, fields, None)
    if AlertRule.objects.of(actor.team).count() >= settings.BELLHOP_MAX_RULES:
        raise ValidationError({"name": [f"A team has at most {settings.BELLHOP_MAX_RULES} rules."]})
    plain = {name: value for name, value in values.items() if name not in LISTS}
    rule = AlertRule.objects.create(team=actor.team, created_at=now, **plain)
    _write_lists(rule, values)
    consent.ask(actor, _addresses(values), now)
    audit.record(actor, "rule.created", rule, audit.differences({}, as_words(stored_rule(rule))))
    _watch(actor, rule, set(_test_ids(rule)), now)
    return rule


@transaction.atomic
def update_rule(
    actor: Actor, rule: AlertRule, fields: Mapping[str, Any], now: datetime, *, seen: str = ""
) -> AlertRule:
    """Change the fields that are named, lists as a whole, and judge what that means for open and possible alerts.

    With `seen`, the stamp of the rule as the actor saw it, `Outdated` if it was changed since.
    """
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    rule = _locked(actor, rule)
    values = read_rule(actor.team, fields, rule)
    before, tests = as_words(stored_rule(rule)), set(_test_ids(rule))
    if seen and seen != stamp_of_words(before):
        raise Outdated("This rule was changed since you opened it.")
    found = watches.lock_all(RuleState.objects.filter(rule=rule))
    for name in values.keys() - set(LISTS):
        setattr(rule, name, values[name])
    rule.save()
    _write_lists(rule, values)
    changes = audit.differences(before, as_words(stored_rule(rule)))
    if changes:
        consent.ask(actor, _addresses(values) - _addresses(before), now)  # who was there before was asked then
        audit.record(actor, "rule.changed", rule, changes)
        if changes.keys() & QUIET:
            quiet_changed.send(sender="alerts.services.rules", team=actor.team, now=now)
        _follow(actor, rule, found, tests, changes, now)
        reminders, steps = "remind_minutes" in changes, "escalation" in changes
        if reminders or steps:
            lifecycle.keep_to(actor, rule, now, reminders=reminders, steps=steps)
    return rule


@transaction.atomic
def archive_rule(actor: Actor, rule: AlertRule, now: datetime) -> None:
    """Take the rule out of use: its alerts clear as `rule_deleted`, and stay to be read."""
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    rule = _locked(actor, rule)
    found = watches.lock_all(RuleState.objects.filter(rule=rule))
    rebuilding.retire(actor, found, ClearedReason.RULE_DELETED, now, forget=True)
    rule.archived_at = now
    rule.save(update_fields=["archived_at"])
    audit.record(actor, "rule.archived", rule)


def _locked(actor: Actor, rule: AlertRule) -> AlertRule:
    """The rule as it is now; Conflict if it was deleted since it was read."""
    found = AlertRule.objects.of(actor.team).select_for_update().filter(pk=rule.pk).first()
    if found is None:
        raise Conflict("This rule was deleted.")
    return found


def _addresses(values: Mapping[str, Any]) -> set[str]:
    """All that the rule writes to, at once or by a step of its escalation."""
    steps = (address for step in values.get("escalation", ()) for address in step["recipients"])
    return {normal(address) for address in (*values.get("recipients", ()), *steps)}


def _follow(
    actor: Actor, rule: AlertRule, found: list[Watch], tests: set[int], changes: Mapping[str, Any], now: datetime
) -> None:
    """Bring watches and alerts in line with the changed rule."""
    kept = set(_test_ids(rule))
    detached = [watch for watch in found if watch.test_id not in kept]
    staying = [watch for watch in found if watch.test_id in kept]
    rebuilding.retire(actor, detached, ClearedReason.TEST_DETACHED, now, forget=True)
    if not rule.enabled:
        if "enabled" in changes:
            rebuilding.retire(actor, staying, ClearedReason.RULE_DISABLED, now, forget=False)
    elif "enabled" in changes:
        rebuilding.rebuild(actor, staying, now, patience_anew=True)
    elif changes.keys() & JUDGED:
        rebuilding.rebuild(actor, staying, now)
    _watch(actor, rule, kept - tests, now)


def _watch(actor: Actor, rule: AlertRule, tests: set[int], now: datetime) -> None:
    """Begin to watch newly attached tests."""
    watches.create([(rule.pk, test) for test in sorted(tests)], now)
    if rule.enabled and tests:
        rebuilding.rebuild(actor, watches.lock_all(RuleState.objects.filter(rule=rule, test__in=tests)), now)


def _write_lists(rule: AlertRule, values: Mapping[str, Any]) -> None:
    if "conditions" in values:
        rule.conditions.all().delete()
        conditions = enumerate(values["conditions"])
        Condition.objects.bulk_create(Condition(rule=rule, position=n, **fields) for n, fields in conditions)
    if values.keys() & {"tests", "selector"}:
        attach_tests(rule, values.get("tests"))
    if "integrations" in values:
        telling.write_integrations(rule, values["integrations"])
    if "groups" in values:
        telling.write_groups(rule, values["groups"])
    if "escalation" in values:
        telling.write_escalation(rule, values["escalation"])


def _test_ids(rule: AlertRule) -> list[int]:
    return list(RuleTest.objects.filter(rule=rule).values_list("test_id", flat=True))
