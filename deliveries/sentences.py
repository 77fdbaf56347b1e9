"""A sentence for every state and reason of a delivery, for pages, admin and mail alike."""

from datetime import UTC, datetime

from channels_app.contract import Reason
from deliveries.models import Delivery, DeliveryReason, DeliveryState
from deliveries.selectors import BUDGET, Delay

WHY: dict[str, str] = {
    DeliveryReason.TOO_OLD: "the event was too old to be announced when it was recorded",
    DeliveryReason.NOT_WANTED: "its measurements asked for silence",
    DeliveryReason.RULE_NOT_ON_CLEAR: "the rule does not tell of clears",
    DeliveryReason.NEVER_TOLD: "this integration was never told that the alert was triggered",
    DeliveryReason.INTEGRATION_DISABLED: "the integration is disabled",
    DeliveryReason.INTEGRATION_REMOVED: "the integration was removed",
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
    DeliveryReason.CONTENT_REFUSED: "the destination refused the content of this message",
    DeliveryReason.RECIPIENT_REFUSED: "the mail server refused this recipient",
    DeliveryReason.REDIRECTED: "the address leads elsewhere, and messages do not follow",
}
LIMITED = frozenset((Reason.RATE_LIMITED.value, BUDGET))


def sentence(delivery: Delivery, delay: Delay | None = None) -> str:
    """What became of the delivery, in one sentence; `delay` is deliveries.selectors.delay_of. Times are UTC."""
    why = WHY.get(delivery.reason, delivery.reason)
    match delivery.state:
        case DeliveryState.PENDING:
            return _waiting(delivery, delay)
        case DeliveryState.SENDING:
            return "Being sent right now."
        case DeliveryState.DELIVERED:
            return f"Delivered at {_clock(delivery.finished_at)}."
        case DeliveryState.SUPERSEDED:
            return f"Not sent: {why}."
        case DeliveryState.EXPIRED:
            return f"Expired: {why}."
        case DeliveryState.REJECTED:
            words = f" (“{delivery.words}”)" if delivery.words else ""
            return f"Rejected: {why}{words}."
        case _:
            return f"Not sent: {why}."


def _waiting(delivery: Delivery, delay: Delay | None) -> str:
    if delay is None:
        return "Waits to be sent."
    until = _clock(delay.until)
    if delay.why in LIMITED:
        return f"Delayed until {until} by the rate limit of {delivery.integration.name}."
    return f"Delayed until {until}: {WHY[delay.why]}." if delay.why in WHY else f"Delayed until {until}."


def _clock(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%H:%M:%S}" if at else "an unknown time"
