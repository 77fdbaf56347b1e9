"""Writes whom a rule tells: integrations, groups, and the steps of its escalation."""

from collections.abc import Mapping, Sequence
from typing import Any

from alerts.models import AlertRule, EscalationStep, RuleGroup, RuleIntegration, StepIntegration
from integrations.models import Group, Integration


def write_integrations(rule: AlertRule, integrations: Sequence[Integration]) -> None:
    """Have the rule tick these; those that it ticked before keep the time since when."""
    RuleIntegration.objects.filter(rule=rule).exclude(integration__in=integrations).delete()
    links = [RuleIntegration(team=rule.team, rule=rule, integration=item) for item in integrations]
    RuleIntegration.objects.bulk_create(links, ignore_conflicts=True)


def write_groups(rule: AlertRule, groups: Sequence[Group]) -> None:
    """Have the rule tick these groups."""
    RuleGroup.objects.filter(rule=rule).exclude(group__in=groups).delete()
    links = [RuleGroup(team=rule.team, rule=rule, group=group) for group in groups]
    RuleGroup.objects.bulk_create(links, ignore_conflicts=True)


def write_escalation(rule: AlertRule, steps: Sequence[Mapping[str, Any]]) -> None:
    """Have the rule's steps be these, as `read_rule` gives them; a step at the same minute stays the same row."""
    own = EscalationStep.objects.filter(rule=rule)
    own.exclude(after_minutes__in=[step["after_minutes"] for step in steps]).delete()
    EscalationStep.objects.bulk_create(
        [
            EscalationStep(
                team=rule.team, rule=rule, after_minutes=step["after_minutes"], recipients=step["recipients"]
            )
            for step in steps
        ],
        update_conflicts=True,
        unique_fields=["rule", "after_minutes"],
        update_fields=["recipients"],
    )
    ids = dict(own.values_list("after_minutes", "pk"))
    StepIntegration.objects.filter(step__rule=rule).delete()
    StepIntegration.objects.bulk_create(
        StepIntegration(team=rule.team, step_id=ids[step["after_minutes"]], integration=item)
        for step in steps
        for item in step["integrations"]
    )
