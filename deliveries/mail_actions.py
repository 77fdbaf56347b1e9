"""What members may do to an alert by the links in its mails: one deed each, asked once more on a page.

A link holds a signed token: the team, the alert's number, the member's address, the deed, and until when it is good.
It acts for that member, with the role that they have when it is used, and is recorded as "link sent to" the address,
since whoever has the mail has the link.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from alerts.models import Alert, AlertEvent
from alerts.people import MAY_ACT
from alerts.services import acting
from alerts.transitions import TRANSITIONS, Action
from channels_app.addresses import normal
from channels_app.contract import Link
from channels_app.speech import Speech, mark
from channels_app.words import AlertState
from deliveries.contents import Content
from teams.access import Actor
from teams.models import Membership, Role, User

KEPT_FOR = timedelta(days=7)
LABELS: dict[str, str] = {
    Action.ACKNOWLEDGE: mark("Acknowledge"),
    Action.ASSIGN: mark("Assign to me"),
    Action.CLOSE: mark("Close"),
}


class Asked(NamedTuple):
    """What a link asks: `action` (a key of LABELS) on the team's alert with that number, for whom it was mailed to."""

    team_slug: str
    number: int
    address: str
    action: str
    until: datetime


def offered(content: Content, now: datetime, speech: Speech) -> tuple[Link, ...]:
    """The links for whoever gets the mail: what a member who may act can still do to the alert as it is now."""
    if content.reader_role not in MAY_ACT:
        return ()
    mine = normal(content.assigned_email) == normal(content.recipient)
    deeds = [each for each in LABELS if changes(content.state, each) and not (mine and each == Action.ASSIGN)]
    until = now + KEPT_FOR
    asked = (Asked(content.team_slug, content.number, content.recipient, each, until) for each in deeds)
    return tuple(Link(speech.say(LABELS[each.action]), address_of(each)) for each in asked)


def changes(state: str, action: str) -> bool:
    """Whether `action` does anything to an alert in `state`, as far as the state alone tells."""
    step = TRANSITIONS.get((AlertState(state), Action(action)))
    return step is not None and step.event is not None


def address_of(asked: Asked) -> str:
    """The page that asks once more: a secret."""
    team_slug, number, address, action, until = asked
    token = _signer().sign_object([team_slug, number, address.lower(), action, int(until.timestamp())])
    return f"{settings.BELLHOP_BASE_URL}{reverse('mail_act', args=[token])}"


def read_token(token: str) -> Asked | None:
    """What a link asks, however old it is; None where we did not make it."""
    try:
        team_slug, number, address, action, until = _signer().unsign_object(token)
    except (BadSignature, ValueError):
        return None
    return Asked(team_slug, number, address, action, datetime.fromtimestamp(until, UTC))


def actor_of(asked: Asked) -> Actor | None:
    """The member whom the link was mailed to, as they are now; None where they are no longer of the team."""
    people = User.objects.with_email(asked.address).filter(is_active=True)
    mine = Membership.objects.filter(team__slug=asked.team_slug, user__in=people).select_related("team", "user").first()
    if mine is None:
        return None
    words = f"{mine.user} (link sent to {asked.address})"
    return Actor(mine.team, Role(mine.role), mine.user, via="mail", words=words)


def do(asked: Asked, actor: Actor, alert: Alert, reason: str, now: datetime) -> AlertEvent | None:
    """Do it; None where it was so already. Raises as alerts.services.acting.act; `reason` is for closing."""
    fields = {"to": actor.user.email if actor.user else "", "reason": reason}
    return acting.act(actor, alert, asked.action, fields, now)


def _signer() -> Signer:
    return Signer(sep=".", salt="bellhop.deliveries.mail_actions")
