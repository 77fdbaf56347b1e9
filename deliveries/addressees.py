"""Who an event could concern, and what they had before; read with a constant number of queries for many events."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from alerts.models import AlertEvent, EventType, RuleIntegration
from channels_app.registry import UnknownKind, kind
from deliveries.decisions import OPENING, Addressee, Past
from deliveries.models import Delivery, DeliveryState
from deliveries.sql import owing
from deliveries.sql.owing import Ticked
from integrations.models import Integration
from integrations.selectors import settings_of
from integrations.services import builtin_email
from integrations.vault import Unreadable
from teams.models import Team

log = logging.getLogger(__name__)

TOLD = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.DELIVERED, DeliveryState.SUPERSEDED)

Place = tuple[int, str]  # integration, recipient
_ITSELF = ("",)


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

    def add_past(self, alert_id: int, place: Place, state: str, stands_in_for: int | None = None) -> None:
        had = self.past.setdefault(alert_id, {}).get(place, Past())
        owed = had.owed or state != DeliveryState.SUPPRESSED
        self.past[alert_id][place] = Past(owed, had.told or state in TOLD, had.stands_in_for or stands_in_for)


def known_for(events: Sequence[AlertEvent]) -> Known:
    """Read what concerns `events`."""
    known = Known()
    _read_past(known, {event.alert_id for event in events if event.type == EventType.CLEARED})
    rules = {event.alert.rule_id: event.alert.rule for event in events}
    named = owing.ticked(rules)
    mail = {team.pk: builtin_email(team) for team in _teams_with_recipients(events)}
    recipients = _read_destinations(known, named, {row.pk for row in mail.values()})
    for each in named:
        places = [(each.integration_id, recipient) for recipient in recipients.get(each.integration_id, _ITSELF)]
        known.ticked.setdefault(each.rule_id, []).extend(places)
    for rule in rules.values():
        places = [(mail[rule.team_id].pk, recipient) for recipient in dict.fromkeys(rule.recipients)]
        known.ticked.setdefault(rule.pk, []).extend(places)
    return known


def _read_destinations(known: Known, named: Sequence[Ticked], mail: set[int]) -> dict[int, tuple[str, ...]]:
    """Make every destination known; the recipients of those that write to people."""
    tracking = {kind: _tracks_state(kind) for kind in {each.kind for each in named}}
    to_people = {kind for kind in tracking if _writes_to_people(kind)}
    for each in named:
        known.destinations[each.integration_id] = Addressee(each.enabled, each.removed, True, tracking[each.kind])
    told = {place[0] for places in known.past.values() for place in places}
    writing = {each.integration_id for each in named if each.kind in to_people}
    more = (told | mail).difference(known.destinations) | writing
    rows = Integration.objects.filter(pk__in=more) if more else []
    found = {row.pk: row for row in rows}
    for pk, row in found.items():
        known.destinations[pk] = Addressee(row.enabled, row.archived_at is not None, True, _tracks_state(row.kind))
    return {pk: _recipients(found[pk]) for pk in writing}


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
    columns = ("alert_id", "integration_id", "recipient", "state", "stands_in_for_id")
    for alert_id, pk, recipient, state, stands_in_for in earlier.values_list(*columns):
        known.add_past(alert_id, (pk, recipient), state, stands_in_for)


def _tracks_state(name: str) -> bool:
    try:
        return kind(name).spec.abilities.tracks_state
    except UnknownKind:
        return False


def _writes_to_people(name: str) -> bool:
    try:
        return kind(name).spec.writes_to_people
    except UnknownKind as unusable:
        log.warning("%s", unusable)
        return False


def _recipients(row: Integration) -> tuple[str, ...]:
    """Each address of a kind that writes to people is owed a delivery of its own: one that fails repeats no other."""
    try:
        return kind(row.kind).spec.recipients(settings_of(row)) or _ITSELF
    except Unreadable as unusable:
        log.warning("%s", unusable)
        return _ITSELF
