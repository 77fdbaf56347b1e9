"""Takes an integration off rules."""

from datetime import datetime

from django.db import transaction

from alerts import sql
from alerts.models import AlertRule
from alerts.services.rules.writing import update_rule
from integrations.models import Integration
from teams.access import Actor, Permission, require


@transaction.atomic
def unlink(actor: Actor, rule: AlertRule, integration: Integration, now: datetime) -> AlertRule:
    """The rule without that integration; one that it does not tell anyway changes nothing."""
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    kept = list(Integration.objects.of(actor.team).filter(rules=rule).exclude(pk=integration.pk))
    return update_rule(actor, rule, {"integrations": kept}, now)


@transaction.atomic
def unlink_all(actor: Actor, integration: Integration, now: datetime, most: int) -> list[AlertRule]:
    """Take the integration off the first `most` of the team's rules that tell it; these rules."""
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    rules = AlertRule.objects.of(actor.team).filter(integration_links__integration=integration).order_by("name", "pk")
    return [unlink(actor, rule, integration, now) for rule in rules[:most]]
