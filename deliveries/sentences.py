"""A sentence for every state and reason of a delivery, for pages, admin and mail alike."""

from datetime import UTC, datetime, tzinfo

from channels_app import registry
from channels_app.advice import ADVICE
from channels_app.contract import Reason
from channels_app.text import cut
from deliveries.models import Attempt, Delivery, DeliveryReason, DeliveryState
from deliveries.selectors import BUDGET, Delay

WHY: dict[str, str] = {
    DeliveryReason.TOO_OLD: "the event was too old to be announced when it was recorded",
    DeliveryReason.NOT_WANTED: "its measurements asked for silence",
    DeliveryReason.RULE_NOT_ON_CLEAR: "the rule does not tell of clears",
    DeliveryReason.NEVER_TOLD: "this integration was never told that the alert was triggered",
    DeliveryReason.INTEGRATION_DISABLED: "the integration is disabled",
    DeliveryReason.INTEGRATION_REMOVED: "the integration was removed",
    DeliveryReason.EVENT_NOT_CHOSEN: "the integration is not told of this sort of event",
    DeliveryReason.BELOW_SEVERITY: "the alert is less severe than what the integration is told of",
    DeliveryReason.MUTED: "it was muted",
    DeliveryReason.MAINTENANCE: "its test is in maintenance",
    DeliveryReason.OUTSIDE_HOURS: "it is outside the hours of the rule",
    DeliveryReason.LEAST_GAP: "the rule leaves a gap between its messages",
    DeliveryReason.SHADOW: "the rule or the team is in shadow mode, which decides and sends nothing",
    DeliveryReason.OWN_ACTION: "it is what this person did",
    DeliveryReason.SAID_THERE: "it was said or done there, so it is known there",
    DeliveryReason.NOTHING_TO_UPDATE: "the alert has no message there that could be updated",
    DeliveryReason.UNSUBSCRIBED: "the address unsubscribed from this team's mail",
    DeliveryReason.UNCONFIRMED: "the address has not confirmed yet that it wants this team's mail",
    DeliveryReason.MAIL_QUOTA: "the team has used up its mails of the day",
    DeliveryReason.NEWER_EVENT: "a newer event of the same alert was told instead",
    DeliveryReason.TOO_LATE: "it could not be delivered within 24 hours",
    DeliveryReason.INTERNAL_ERROR: "Bellhop failed to make the message; the operator's log says more",
    DeliveryReason.UNREADABLE_CONFIG: "the stored settings of the integration cannot be decrypted",
    DeliveryReason.NETWORK: "the destination could not be reached",
    DeliveryReason.ADDRESS_REFUSED: "the destination's address is not allowed here",
    DeliveryReason.REMOTE_ERROR: "the destination reported an error of its own",
    DeliveryReason.RATE_LIMITED: "the destination asked to slow down",
    DeliveryReason.UNEXPECTED_ANSWER: "the destination gave an answer that it never gives",
    DeliveryReason.BAD_CREDENTIALS: "the destination did not accept the token or address",
    DeliveryReason.NOT_ALLOWED: "the destination does not allow posting there",
    DeliveryReason.DESTINATION_GONE: "the room, channel or address no longer exists",
    DeliveryReason.CONTENT_REFUSED: "the content of this message was refused",
    DeliveryReason.RECIPIENT_REFUSED: "the mail server refused this recipient",
    DeliveryReason.REDIRECTED: "the address leads elsewhere, and messages do not follow",
}
# Of these a delivery is held, and comes to nothing only if it is not wanted when the hold ends.
HELD_FOR = frozenset(
    (DeliveryReason.MUTED, DeliveryReason.MAINTENANCE, DeliveryReason.OUTSIDE_HOURS, DeliveryReason.LEAST_GAP)
)
QUOTED = 120
LIMITED = frozenset((Reason.RATE_LIMITED.value, BUDGET))


def sentence(delivery: Delivery, delay: Delay | None = None, zone: tzinfo = UTC) -> str:
    """What became of the delivery, in a sentence or two; `delay` is deliveries.selectors.delay_of. Times: `zone`."""
    place = delivery.stands_in_for
    return _became(delivery, delay, zone) + (f" In place of {place.name}, which did not work." if place else "")


def _became(delivery: Delivery, delay: Delay | None, zone: tzinfo) -> str:
    return _updated(delivery, delay, zone) if delivery.in_place else _told(delivery, delay, zone)


def _updated(delivery: Delivery, delay: Delay | None, zone: tzinfo) -> str:
    """Of what only keeps a message true: it is no telling, and must not read like one."""
    match delivery.state:
        case DeliveryState.PENDING:
            return f"To be updated in place. {_waiting(delivery, delay, zone)}"
        case DeliveryState.SENDING:
            return "Being updated in place right now."
        case DeliveryState.DELIVERED:
            return f"Updated in place at {_clock(delivery.finished_at, delivery, zone)}; nobody was notified."
        case _:
            return f"Update in place: {_told(delivery, delay, zone)}"


def _told(delivery: Delivery, delay: Delay | None, zone: tzinfo) -> str:
    why = WHY.get(delivery.reason, delivery.reason)
    match delivery.state:
        case DeliveryState.HELD:
            return f"Held back until {_clock(delivery.held_until, delivery, zone)}: {why}."
        case DeliveryState.PENDING:
            return _waiting(delivery, delay, zone)
        case DeliveryState.SENDING:
            return "Being sent right now."
        case DeliveryState.DELIVERED:
            done = "Delivered" if registry.confirms(delivery.integration.kind) else "Sent"
            return f"{done} at {_clock(delivery.finished_at, delivery, zone)}."
        case DeliveryState.SUPERSEDED:
            return f"Not sent: {why}."
        case DeliveryState.EXPIRED:
            return f"Expired: {why}."
        case DeliveryState.REJECTED:
            words = f" (“{cut(delivery.words, QUOTED)}”)" if delivery.words else ""
            return f"Rejected: {why}{words}.{_advice(delivery.reason)}"
        case _:
            end = "; by the end of that the alert was over or acknowledged" if delivery.reason in HELD_FOR else ""
            return f"Not sent: {why}{end}."


def said(attempt: Attempt) -> str:
    """The remote's own words, or ours where it had none."""
    return attempt.words or WHY.get(attempt.reason, "")


def whom(delivery: Delivery) -> str:
    """Who it is for: the integration with its target, or the address that is written to."""
    place = delivery.integration
    if delivery.recipient:
        return delivery.recipient if place.builtin else f"{delivery.recipient} ({place.name})"
    return f"{place.name} ({place.target})" if place.target else place.name


def delayed(delivery: Delivery, delay: Delay, zone: tzinfo = UTC) -> str:
    """Until when it waits, and by whose limit: "delayed until 14:03:00 by Slack"."""
    by = f" by {registry.name_of(delivery.integration.kind)}" if delay.why in LIMITED else ""
    return f"delayed until {_clock(delay.until, delivery, zone)}{by}"


def _waiting(delivery: Delivery, delay: Delay | None, zone: tzinfo) -> str:
    if delay is None:
        return "Waits to be sent."
    until = _clock(delay.until, delivery, zone)
    if delay.why in LIMITED:
        return f"Delayed until {until} by the rate limit of {delivery.integration.name}."
    why = f": {WHY[delay.why]}" if delay.why in WHY else ""
    if delivery.lane.on_hold:
        return f"Waits, since {delivery.integration.name} is on hold{why}. Next try {until}.{_advice(delay.why)}"
    return f"Delayed until {until}{why}.{_advice(delay.why)}"


def _advice(reason: str) -> str:
    """What to do about it; empty where the reason is none of a destination's."""
    return f" {ADVICE[Reason(reason)]}" if reason in ADVICE else ""


def _clock(at: datetime | None, delivery: Delivery, zone: tzinfo) -> str:
    """The time of day, with the day where it is not that on which the delivery was recorded."""
    if at is None:
        return "an unknown time"
    here, began = at.astimezone(zone), delivery.recorded_at
    same_day = began is None or began.astimezone(zone).date() == here.date()
    return f"{here:%H:%M:%S}" if same_day else f"{here:%H:%M:%S} on {here:%Y-%m-%d}"
