"""Who an event could concern, and what they had before; read with a constant number of queries for many events."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import orjson
from django.db.models import Q

from alerts.models import AlertEvent, EventType
from channels_app.registry import UnknownKind, kind
from channels_app.words import SEVERITY_RANK, Severity
from deliveries.decisions import OPENING, Addressee, Past
from deliveries.models import Delivery, DeliveryReason, DeliveryState
from deliveries.sql import owing
from deliveries.sql.owing import Named
from integrations.models import Integration
from integrations.selectors import settings_of
from integrations.services import builtin_email
from integrations.vault import Unreadable
from teams.models import Team

log = logging.getLogger(__name__)

TOLD = (
    *(DeliveryState.HELD, DeliveryState.PENDING, DeliveryState.SENDING),
    *(DeliveryState.DELIVERED, DeliveryState.SUPERSEDED),
)

Place = tuple[int, str]  # integration, recipient
_ITSELF = ("",)
NOTHING = Past()


@dataclass(slots=True)
class Known:
    """All that the decisions of one list of events need: places by rule, and what they had by alert.

    `mail` is the built-in e-mail of each team that writes to recipients, `addresses` whom integrations write to that
    write to people.
    """

    destinations: dict[int, Addressee] = field(default_factory=dict)
    ticked: dict[int, list[Place]] = field(default_factory=dict)
    past: dict[int, dict[Place, Past]] = field(default_factory=dict)
    mail: dict[int, int] = field(default_factory=dict)
    addresses: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def of(self, event: AlertEvent) -> Iterator[tuple[Place, Addressee, Past]]:
        """The places that are named for it now, then those that had something of the alert earlier."""
        past = self.past.get(event.alert_id, {})
        named = self._named(event)
        for place in named:
            yield place, self.destinations[place[0]], past.get(place, NOTHING)
        if past:
            for place in set(past).difference(named):
                stays = past[place].escalated and event.type != EventType.ESCALATED
                addressee = self.destinations[place[0]]
                yield place, addressee if stays else replace(addressee, ticked=False), past[place]

    def places(self, events: Iterable[AlertEvent]) -> set[Place]:
        """All that `events` could concern."""
        earlier = (place for of_alert in self.past.values() for place in of_alert)
        return {place for event in events for place in self._named(event)}.union(earlier)

    def remember(self, event: AlertEvent, place: Place, state: str, reason: str | None) -> None:
        """A later event of the same list may build on this one."""
        if event.type in OPENING or state == DeliveryState.HELD:
            self.add_past(event.alert_id, place, event.type, state, reason)

    def add_past(
        self, alert_id: int, place: Place, event: str, state: str, reason: str | None, stands_in_for: int | None = None
    ) -> None:
        had = self.past.setdefault(alert_id, {}).get(place, NOTHING)
        opens, held = event in OPENING or stands_in_for is not None, state == DeliveryState.HELD
        self.past[alert_id][place] = Past(
            owed=had.owed or (opens and state != DeliveryState.SUPPRESSED),
            told=had.told or (opens and state in TOLD),
            heard=had.heard or (opens and state in TOLD and not held),
            shadowed=had.shadowed or (opens and reason == DeliveryReason.SHADOW),
            held=had.held or held,
            escalated=had.escalated or event == EventType.ESCALATED,
            stands_in_for=had.stands_in_for or stands_in_for,
        )

    def _named(self, event: AlertEvent) -> list[Place]:
        """An escalation names its own."""
        if event.type == EventType.ESCALATED:
            mail = self.mail.get(event.team_id)
            usable = [pk for pk in event.detail["integrations"] if pk in self.destinations]
            places = [(pk, address) for pk in usable for address in self.addresses.get(pk, _ITSELF)]
            return places + [(mail, address) for address in event.detail["recipients"] if mail]
        return self.ticked.get(event.alert.rule_id, [])


def known_for(events: Sequence[AlertEvent]) -> Known:
    """Read what concerns `events`."""
    known = Known()
    _read_past(known, {event.alert_id for event in events if event.type != EventType.TRIGGERED})
    rules = {event.alert.rule_id: event.alert.rule for event in events}
    named = owing.named(rules)
    known.mail = {team.pk: builtin_email(team).pk for team in _teams_with_recipients(events)}
    stepped = {pk for event in events if event.type == EventType.ESCALATED for pk in event.detail["integrations"]}
    _read_destinations(known, named, stepped)
    for each in named:
        places = [(each.integration_id, address) for address in known.addresses.get(each.integration_id, _ITSELF)]
        known.ticked.setdefault(each.rule_id, []).extend(places)
    for rule in rules.values():
        places = [(known.mail[rule.team_id], recipient) for recipient in dict.fromkeys(rule.recipients)]
        known.ticked.setdefault(rule.pk, []).extend(places)
    return known


def _read_destinations(known: Known, named: Sequence[Named], stepped: set[int]) -> None:
    """Make every destination known, and the recipients of those that write to people."""
    tracking = {kind: _tracks_state(kind) for kind in {each.kind for each in named}}
    to_people = {kind for kind in tracking if _writes_to_people(kind)}
    for each in named:
        told = (_rank(each.minimum_severity), _chosen(each.events))
        known.destinations[each.integration_id] = Addressee(
            each.enabled, each.removed, True, tracking[each.kind], *told, each.living, each.two_way
        )
    told_before = {place[0] for places in known.past.values() for place in places}
    writing = {each.integration_id for each in named if each.kind in to_people}
    more = (told_before | set(known.mail.values()) | stepped).difference(known.destinations) | writing
    rows = Integration.objects.filter(pk__in=more) if more else []
    found = {row.pk: row for row in rows}
    for pk, row in found.items():
        known.destinations[pk] = Addressee(
            row.enabled,
            row.archived_at is not None,
            True,
            _tracks_state(row.kind),
            _rank(row.minimum_severity),
            frozenset(row.events),
            row.living,
            row.two_way,
        )
    writing |= {pk for pk in stepped & found.keys() if _writes_to_people(found[pk].kind)}
    known.addresses = {pk: _recipients(found[pk]) for pk in writing}


def named_plainly(event: AlertEvent) -> list[Place]:
    """The places that the rule, or a step of its escalation, names; found without any of the above."""
    rule, escalates = event.alert.rule, event.type == EventType.ESCALATED
    usual = Q(pk=None) if rule.only_these else Q(team=event.team_id, used_by_default=True, archived_at=None)
    named = Q(rule_links__rule=rule) | Q(groups__rules=rule, archived_at=None) | usual
    found = Integration.objects.filter(
        Q(pk__in=event.detail.get("integrations", ())) if escalates else named, builtin=False
    )
    places = [(pk, "") for pk in found.order_by("pk").distinct().values_list("pk", flat=True)]
    recipients = event.detail.get("recipients", ()) if escalates else rule.recipients
    if not recipients:
        return places
    mail = builtin_email(event.alert.team)
    return places + [(mail.pk, recipient) for recipient in dict.fromkeys(recipients)]


def _teams_with_recipients(events: Iterable[AlertEvent]) -> list[Team]:
    """Those whose events write to addresses of the rule itself, or of a step of it."""
    return list(
        {
            event.team_id: event.alert.team
            for event in events
            if event.alert.rule.recipients or event.detail.get("recipients")
        }.values()
    )


def _read_past(known: Known, alert_ids: set[int]) -> None:
    if not alert_ids:
        return
    # What was told in the place of another counts, whatever it was: a note may have opened something there.
    counts = Q(event__type__in=OPENING) | Q(state=DeliveryState.HELD) | Q(stands_in_for__isnull=False)
    earlier = Delivery.objects.filter(counts, alert_id__in=alert_ids, in_place=False).order_by("id")
    columns = ("alert_id", "integration_id", "recipient", "event__type", "state", "reason", "stands_in_for_id")
    for alert_id, pk, recipient, *had in earlier.values_list(*columns):
        known.add_past(alert_id, (pk, recipient), *had)


def _rank(severity: str) -> int:
    return SEVERITY_RANK.get(Severity(severity), 0)


def _chosen(events: str | list[str]) -> frozenset[str]:
    """As the database gives JSON: text on SQLite, read on PostgreSQL."""
    return _read_chosen(events) if isinstance(events, str) else frozenset(events)


@lru_cache(maxsize=256)
def _read_chosen(events: str) -> frozenset[str]:
    return frozenset(orjson.loads(events))


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
