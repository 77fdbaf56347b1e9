"""Who an event could concern, and what they had before; read with a constant number of queries for many events."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from alerts.models import AlertEvent, EventType, RuleIntegration
from channels_app.registry import UnknownKind, kind
from deliveries.decisions import OPENING, Addressee, Past
from deliveries.models import Delivery, DeliveryState
from integrations.models import Integration
from integrations.selectors import settings_of
from integrations.services import builtin_email
from integrations.vault import Unreadable
from teams.models import Team

log = logging.getLogger(__name__)

TOLD = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.DELIVERED, DeliveryState.SUPERSEDED)

Place = tuple[int, str]  # integration, recipient


@dataclass(slots=True)
class Known:
    """All that the decisions of one list of events need: places by rule, and what they had by alert."""

    destinations: dict[int, Addressee] = field(default_factory=dict)
    ticked: dict[int, list[Place]] = field(default_factory=dict)
    past: dict[int, dict[Place, Past]] = field(default_factory=dict)

    def of(self, event: AlertEvent) -> Iterator[tuple[Place, Addressee, Past]]:
        """The places that the rule names now, then those that were told of the alert earlier."""
        past = self.past.get(event.alert_id, {})
        named = self.ticked.get(event.alert.rule_id, [])
        for place in named:
            yield place, self.destinations[place[0]], past.get(place, Past())
        if event.type == EventType.CLEARED:
            for place in set(past).difference(named):
                yield place, replace(self.destinations[place[0]], ticked=False), past[place]

    def remember(self, event: AlertEvent, place: Place, state: DeliveryState) -> None:
        """A later event of the same list may build on this one."""
        if event.type in OPENING:
            self.add_past(event.alert_id, place, state)

    def add_past(self, alert_id: int, place: Place, state: str) -> None:
        had = self.past.setdefault(alert_id, {}).get(place, Past())
        owed = had.owed or state != DeliveryState.SUPPRESSED
        self.past[alert_id][place] = Past(owed=owed, told=had.told or state in TOLD)


def known_for(events: Sequence[AlertEvent]) -> Known:
    """Read what concerns `events`."""
    known = Known()
    _read_past(known, {event.alert_id for event in events if event.type == EventType.CLEARED})
    ticked = list(
        RuleIntegration.objects.filter(rule_id__in={event.alert.rule_id for event in events})
        .filter(integration__builtin=False)
        .order_by("id")
        .values_list("rule_id", "integration_id")
    )
    mail = {team.pk: builtin_email(team) for team in _teams_with_recipients(events)}
    told = {place[0] for places in known.past.values() for place in places}
    wanted = {pk for _, pk in ticked} | told | {row.pk for row in mail.values()}
    found = {row.pk: row for row in Integration.objects.filter(pk__in=wanted)}
    known.destinations = {pk: _addressee(row) for pk, row in found.items()}
    recipients = {pk: _recipients(found[pk]) for pk in {pk for _, pk in ticked}}
    for rule_id, pk in ticked:
        known.ticked.setdefault(rule_id, []).extend((pk, recipient) for recipient in recipients[pk])
    for rule in {event.alert.rule_id: event.alert.rule for event in events}.values():
        places = [(mail[rule.team_id].pk, recipient) for recipient in dict.fromkeys(rule.recipients)]
        known.ticked.setdefault(rule.pk, []).extend(places)
    return known


def named_plainly(event: AlertEvent) -> list[Place]:
    """The places that the rule names, found without any of the above."""
    ticked = RuleIntegration.objects.filter(rule_id=event.alert.rule_id, integration__builtin=False)
    places = [(pk, "") for pk in ticked.values_list("integration_id", flat=True)]
    if not event.alert.rule.recipients:
        return places
    mail = builtin_email(event.alert.team)
    return places + [(mail.pk, recipient) for recipient in dict.fromkeys(event.alert.rule.recipients)]


def _teams_with_recipients(events: Iterable[AlertEvent]) -> list[Team]:
    return list({event.team_id: event.alert.team for event in events if event.alert.rule.recipients}.values())


def _read_past(known: Known, alert_ids: set[int]) -> None:
    if not alert_ids:
        return
    earlier = Delivery.objects.filter(alert_id__in=alert_ids, event__type__in=OPENING).order_by("id")
    for alert_id, pk, recipient, state in earlier.values_list("alert_id", "integration_id", "recipient", "state"):
        known.add_past(alert_id, (pk, recipient), state)


def _addressee(row: Integration) -> Addressee:
    return Addressee(row.enabled, row.archived_at is not None, True, _tracks_state(row))


def _tracks_state(row: Integration) -> bool:
    try:
        return kind(row.kind).spec.abilities.tracks_state
    except UnknownKind:
        return False


def _recipients(row: Integration) -> tuple[str, ...]:
    """Each address of a kind that writes to people is owed a delivery of its own: one that fails repeats no other."""
    try:
        if not kind(row.kind).spec.writes_to_people:
            return ("",)
        return kind(row.kind).spec.recipients(settings_of(row)) or ("",)
    except (UnknownKind, Unreadable) as unusable:
        log.warning("%s", unusable)
        return ("",)
