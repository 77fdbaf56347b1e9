"""Fire drills, beside the rules whose route they try."""

from datetime import UTC, datetime
from typing import Any

from alerts.models import AlertRule
from deliveries import drilling
from deliveries.drilled import last_drill
from teams.access import Actor, Permission
from teams.adminkit import DeedForm, Panel, action, site


@site.deed(AlertRule)
@action(
    "Run a fire drill",
    needs=Permission.ACT,
    icon="local_fire_department",
    explains="A marked alert, and a moment later its end, go the real way to everybody whom this rule tells. Each "
    "message says that it is a fire drill. No mute, hours or gap holds it back.",
    possible=lambda rule: rule.enabled,
)
def drill(admin: Any, actor: Actor, rule: AlertRule, form: DeedForm, now: datetime) -> str:
    """Run one; it is refused in words while one is under way."""
    made = drilling.start(actor, rule, now)
    return f"The fire drill #{made.number} is under way; what comes of it stands below the rule."


@site.beside(AlertRule)
def beside_a_rule(rule: AlertRule, actor: Actor, now: datetime) -> Panel | None:
    """What came of the rule's last fire drill."""
    drilled = last_drill(rule, now, UTC)
    if drilled.drill is None and not drilled.trouble:
        return None
    return Panel("deliveries/admin/drilled.html", {"drilled": drilled})
