"""Takes an integration off rules."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from alerts import sql
from alerts.models import AlertRule
from alerts.selectors import list_rules
from alerts.services.rules.fields import as_fields
from alerts.services.rules.writing import update_rule
from integrations.models import Integration
from integrations.usage import ways_to
from teams.access import Actor, Permission, require
from teams.errors import Conflict


@transaction.atomic
def unlink(actor: Actor, rule: AlertRule, integration: Integration, now: datetime) -> AlertRule:
    """The rule without that integration, in its escalation too; a step that then tells nobody goes.

    One that it does not name anyway changes nothing; groups and what is used by default stay as they are.
    """
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    stored = list_rules(actor.team).filter(pk=rule.pk).first()
    if stored is None:
        raise Conflict("This rule was deleted.")
    fields = as_fields(stored)
    steps = [step | {"integrations": _without(step["integrations"], integration)} for step in fields["escalation"]]
    kept = [step for step in steps if step["integrations"] or step["recipients"]]
    changed = {"integrations": _without(fields["integrations"], integration), "escalation": kept}
    return update_rule(actor, rule, changed, now)


@transaction.atomic
def unlink_all(actor: Actor, integration: Integration, now: datetime, most: int) -> list[AlertRule]:
    """Take the integration off the first `most` of the team's rules that name it; these rules."""
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    ways = ways_to(integration)
    rules = AlertRule.objects.of(actor.team).filter(Q(ways["ticked"]) | Q(ways["by_step"])).order_by("name", "pk")
    return [unlink(actor, rule, integration, now) for rule in rules[:most]]


def _without(integrations: list[Integration], integration: Integration) -> list[Integration]:
    return [each for each in integrations if each != integration]
