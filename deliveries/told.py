"""Who was told of an alert, who was not, and why: all that the outbox decided and the sender met, by destination."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum

from django.db.models import BooleanField, ExpressionWrapper, Q

from alerts.models import Alert
from deliveries.entries import Entry, Tone, entry_of, stamp_of
from deliveries.models import UNFINISHED, Delivery, DeliveryState
from deliveries.selectors import deliveries_of, with_attempts, with_resends
from deliveries.sentences import delayed
from deliveries.sql import owing
from integrations.models import Integration

MOST = 500
MOST_INTEGRATIONS = 200


class Standing(StrEnum):
    """What a destination knows of the alert, by the last delivery to it that was meant to be sent."""

    TOLD = "told"
    FAILED = "failed"
    UNTOLD = "not told"
    WAITING = "waiting"


TONES: dict[Standing, Tone] = {
    Standing.TOLD: "good",
    Standing.FAILED: "bad",
    Standing.UNTOLD: "off",
    Standing.WAITING: "waiting",
}
_NOT_MEANT = frozenset((DeliveryState.SUPPRESSED, DeliveryState.SUPERSEDED))


def _is_meant(delivery: Delivery) -> bool:
    """Whether it was to tell something; what keeps a message true in silence tells nobody."""
    return delivery.state not in _NOT_MEANT and not delivery.in_place


@dataclass(frozen=True, slots=True)
class Destination:
    """One integration, or one address; its entries oldest first. `ticked`: the rule names it now."""

    name: str
    integration: Integration
    entries: list[Entry]
    ticked: bool

    @property
    def standing(self) -> Standing:
        meant = [each.delivery.state for each in self.entries if _is_meant(each.delivery)]
        if not meant:
            return Standing.UNTOLD
        if meant[-1] in UNFINISHED:
            return Standing.WAITING
        return Standing.TOLD if meant[-1] == DeliveryState.DELIVERED else Standing.FAILED

    @property
    def tone(self) -> Tone:
        return TONES[self.standing]

    @property
    def stands_in_for(self) -> list[str]:
        """The names of those in whose place it was told."""
        places = (each.delivery.stands_in_for for each in self.entries)
        return list(dict.fromkeys(place.name for place in places if place))


@dataclass(frozen=True, slots=True)
class Telling:
    """`later` names what was ticked after the alert's last event; `unticked` what the team has besides.

    `cut` says that there are more deliveries than are shown.
    """

    destinations: list[Destination]
    summary: str
    later: list[str]
    unticked: list[Integration]
    cut: bool
    stamp: str


def who_was_told(alert: Alert, now: datetime, zone: tzinfo) -> Telling:
    """Everything about one alert, in a constant number of queries. Times are said in `zone`."""
    found = deliveries_of(alert.team).filter(alert=alert).order_by("-pk")
    rows = list(with_attempts(with_resends(found))[: MOST + 1])
    entries = _with_fallbacks([entry_of(each, now, zone) for each in reversed(rows[:MOST])])
    places = _integrations_of(alert)
    destinations = _by_destination(alert, entries, {place.pk for place in places if place.ticked})  # type: ignore[attr-defined]
    heard = {each.integration.pk for each in destinations}
    silent = [place for place in places if place.pk not in heard]
    later = [place.name for place in silent if place.ticked]  # type: ignore[attr-defined]
    told = {each.delivery.recipient for each in entries}
    later += [recipient for recipient in alert.rule.recipients if recipient not in told]
    unticked = [place for place in silent if not place.ticked]  # type: ignore[attr-defined]
    stamp = stamp_of(entries, later, [(place.pk, place.name) for place in unticked])
    return Telling(destinations, _summary(destinations, zone), later, unticked, len(rows) > MOST, stamp)


def _integrations_of(alert: Alert) -> list[Integration]:
    """With `ticked` where the rule names it now, itself, by a group or since the team uses it by default."""
    named = [each.integration_id for each in owing.named([alert.rule_id])]
    ticked = ExpressionWrapper(Q(pk__in=named), output_field=BooleanField())
    known = Integration.objects.of(alert.team).annotate(ticked=ticked)
    return list(known.order_by("-ticked", "name", "pk")[:MOST_INTEGRATIONS])


def _with_fallbacks(entries: Sequence[Entry]) -> list[Entry]:
    """The same, each knowing what was told in its place."""
    found = {(each.delivery.event_id, each.delivery.stands_in_for_id): each for each in entries}
    return [
        each
        if each.delivery.in_place
        else replace(each, instead=found.get((each.delivery.event_id, each.delivery.integration_id)))
        for each in entries
    ]


def _by_destination(alert: Alert, entries: Sequence[Entry], ticked: set[int]) -> list[Destination]:
    found: dict[tuple[int, str], list[Entry]] = {}
    for each in entries:
        found.setdefault((each.delivery.integration_id, each.delivery.recipient), []).append(each)
    return [
        Destination(of[0].whom, of[0].delivery.integration, of, pk in ticked or recipient in alert.rule.recipients)
        for (pk, recipient), of in found.items()
    ]


def _summary(destinations: Sequence[Destination], zone: tzinfo) -> str:
    """ "3 destinations: 2 told, 1 waiting: delayed until 14:03:00 by Slack"."""
    if not destinations:
        return "Nobody was to be told of this alert: its rule named no integration and no recipient."
    counts = {standing: sum(each.standing is standing for each in destinations) for standing in Standing}
    parts = ", ".join(f"{count} {standing}" for standing, count in counts.items() if count)
    some = "1 destination" if len(destinations) == 1 else f"{len(destinations)} destinations"
    return f"{some}: {parts}{_longest_delay(destinations, zone)}."


def _longest_delay(destinations: Sequence[Destination], zone: tzinfo) -> str:
    held = [(each.delay, each.delivery) for place in destinations for each in place.entries if each.delay]
    if not held:
        return ""
    delay, delivery = max(held, key=lambda pair: pair[0].until)
    return f": {delayed(delivery, delay, zone)}"
