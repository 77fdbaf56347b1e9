"""What people do to an alert, by the names that forms, pages and programs use for it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError

from alerts import lifecycle
from alerts.models import Alert, AlertEvent
from alerts.people import assignee
from teams.access import Actor
from teams.values import shown

Fields = Mapping[str, str]
Deed = Callable[[Actor, Alert, Fields, datetime], AlertEvent | None]


def act(actor: Actor, alert: Alert, action: str, fields: Fields, now: datetime) -> AlertEvent | None:
    """Do `action` (a key of ACTIONS) to the alert; None where it was so already.

    `fields`: assign takes `to` (an e-mail), note `text`, close `reason`. A ValidationError names the field that is
    wrong; a Conflict says that the alert is cleared; PermissionDenied that the actor may not act.
    """
    deed = ACTIONS.get(action)
    if deed is None:
        raise ValidationError({"action": [f"Must be one of {', '.join(ACTIONS)}; got {shown(action)}."]})
    return deed(actor, alert, fields, now)


def outcome(action: str, alert: Alert, event: AlertEvent | None) -> str:
    """What `act` did, in a sentence."""
    done = event is not None
    match action:
        case "acknowledge":
            return f"#{alert.number} is acknowledged." if done else f"#{alert.number} was acknowledged already."
        case "unacknowledge":
            return f"#{alert.number} is no longer acknowledged." if done else f"#{alert.number} was not acknowledged."
        case "assign":
            name = event.detail["name"] if event else "them"
            return f"#{alert.number} is assigned to {name}." if done else f"#{alert.number} was theirs already."
        case "note":
            return f"#{alert.number} has your note." if done else f"#{alert.number} says this already."
        case _:
            return f"#{alert.number} is closed."


def _assign(actor: Actor, alert: Alert, fields: Fields, now: datetime) -> AlertEvent | None:
    email = fields.get("to", "").strip()
    if not email:
        raise ValidationError({"to": ["Choose somebody."]})
    return lifecycle.assign(actor, alert, assignee(actor.team, email), now)


ACTIONS: dict[str, Deed] = {
    "acknowledge": lambda actor, alert, _, now: lifecycle.acknowledge(actor, alert, now),
    "unacknowledge": lambda actor, alert, _, now: lifecycle.unacknowledge(actor, alert, now),
    "assign": _assign,
    "note": lambda actor, alert, fields, now: lifecycle.note(actor, alert, fields.get("text", ""), now),
    "close": lambda actor, alert, fields, now: lifecycle.close(actor, alert, fields.get("reason", ""), now),
}
