"""What people do with incidents in PagerDuty, told by its webhooks of version 3."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from channels_app.hearing import Answer, Forged, Garbled, Heard, Hearing, Person, Request, Response, Trust
from channels_app.incoming import moment, object_of, within, word
from channels_app.pagerduty.render import KEY_LIMIT
from channels_app.pagerduty.spec import PagerDutySettings
from channels_app.text import cut

NAME_LIMIT = 100
ONCE_LIMIT = 200
TAKEN = Response(202)
_WORDS = {
    "incident.acknowledged": "ack",
    "incident.unacknowledged": "unack",
    "incident.resolved": "close",
}
_PEOPLE = ("user", "user_reference")
_MERGED = "merge_resolve_reason"
_NOT_SIGNED = (
    "What people do in PagerDuty does not reach Bellhop: make a webhook subscription there, and enter its signing "
    "secret here."
)


def trust(settings: PagerDutySettings) -> Trust:
    """PagerDuty's word counts where it is signed."""
    return Trust.SERVICE if settings.hook_secret else Trust.NOBODY


def key(settings: PagerDutySettings) -> str:
    """What its calls are signed with."""
    return settings.hook_secret


def lacks(settings: PagerDutySettings) -> str:
    """Why nothing is heard."""
    return "" if settings.hook_secret else _NOT_SIGNED


def verify(request: Request, settings: PagerDutySettings, now: datetime) -> None:
    """That one of its signatures is that of the body; there are several while a secret is being changed."""
    if not settings.hook_secret:
        raise Forged("no signing secret is set up")
    right = hmac.new(settings.hook_secret.encode(), request.body, hashlib.sha256).hexdigest().encode()
    told = request.headers.get("x-pagerduty-signature", "").split(",")
    given = [each.strip().removeprefix("v1=") for each in told if each.strip().startswith("v1=")]
    if not given:
        raise Forged("no signature")
    if not any(hmac.compare_digest(right, each.encode(errors="replace")) for each in given):
        raise Forged("a wrong signature")


def read(request: Request, settings: PagerDutySettings) -> Heard | Response:
    """What a person did to an incident; 202 for all other events, so that PagerDuty does not send them again.

    What Bellhop told PagerDuty comes back as done by an integration, and what PagerDuty does by itself by nobody.
    """
    event = within(object_of(request.body), "event")
    if not event:
        raise Garbled("no event")
    incident, agent = within(event, "data"), within(event, "agent")
    words = _WORDS.get(word(event.get("event_type")))
    if words is None or incident.get("type") != "incident" or agent.get("type") not in _PEOPLE or _is_merged(incident):
        return TAKEN
    once, person, alert = word(event.get("id")), word(agent.get("id")), word(incident.get("incident_key"))
    if not (0 < len(once) <= ONCE_LIMIT and 0 < len(person) <= NAME_LIMIT):
        raise Garbled("an event without an id or a person")
    if not 0 < len(alert) <= KEY_LIMIT:
        return TAKEN  # an incident that no event of ours opened
    name = cut(word(agent.get("summary")) or person, NAME_LIMIT)
    return Heard(
        words=words,
        person=Person("", person, name),
        once=once,
        at=moment(event.get("occurred_at")),
        alert_key=alert,
        heeds_answer=False,
    )


def answer(answer: Answer, heard: Heard) -> Response:
    """PagerDuty reads no answers."""
    return TAKEN


def _is_merged(incident: dict[str, Any]) -> bool:
    """Its alerts live on in another incident, so nothing is over."""
    return within(incident, "resolve_reason").get("type") == _MERGED


HEAR = Hearing(
    trust=trust,
    verify=verify,
    read=read,
    answer=answer,
    waiting=lambda heard: TAKEN,
    key=key,
    lacks=lacks,
    most_bytes=256 * 1024,  # the most that it sends; a refusal would count against the subscription
    setup=(
        "In PagerDuty, open Integrations, then Generic Webhooks (v3), and choose New Webhook.",
        "Paste the URL that stands here; as scope choose the service whose key is entered above.",
        "Subscribe to incident.acknowledged, incident.unacknowledged and incident.resolved; others do no harm.",
        "Copy the signing secret, which PagerDuty shows once, and enter it above as Webhook signing secret.",
        "Choose Send Test Event: PagerDuty should say that it was delivered, with 202.",
        "PagerDuty must be able to reach the URL from the internet.",
    ),
)
