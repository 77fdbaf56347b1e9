"""Whose call it is: the integration whose secret proves it, its team, and the alerts that were told through it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, QuerySet

from alerts.models import Alert
from channels_app.contract import Kind
from channels_app.hearing import Forged, Heard, Hearing, Request, Trust
from channels_app.registry import UnknownKind
from channels_app.registry import kind as kind_named
from deliveries.models import Delivery, DeliveryState
from deliveries.subjects import alert_key
from integrations import hooks
from integrations.models import Integration
from integrations.selectors import settings_of
from integrations.vault import Stored, Unreadable
from teams.models import Team
from teams.values import number_in

MOST_OPENED = 4_096
TOLD = (DeliveryState.DELIVERED, DeliveryState.SENDING, DeliveryState.PENDING, DeliveryState.SUPERSEDED)
LEAST_BYTES = 64 * 1024


class _Sealed(NamedTuple):
    """What tells the stored settings of an integration from all others (integrations.vault.Stored)."""

    id: int
    team_id: int
    uid: UUID
    kind: str
    name: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a call comes from, proven: all integrations that share the secret, and the settings that proved it.

    `scope` is what its calls are counted by.
    """

    kind: Kind
    hear: Hearing
    integrations: tuple[Integration, ...]
    settings: Any = field(repr=False)
    scope: str

    @property
    def trust(self) -> Trust:
        return self.hear.trust(self.settings)

    @property
    def teams(self) -> str:
        """Whose it is, to be counted by: those who share a secret use up nothing that is of one of them alone."""
        return ",".join(map(str, sorted({each.team_id for each in self.integrations})))


@dataclass(frozen=True, slots=True)
class Place:
    """The team that is meant, its integrations that share the secret, and the one that it came through.

    `stray`: what was pressed names an integration that is none of these; no alert is found then.
    """

    team: Team
    integrations: tuple[Integration, ...]
    through: Integration
    stray: bool = False


def most_bytes(kind: str) -> int:
    """How long the body of a call of that kind may be; of none, as of any."""
    try:
        hear = kind_named(kind).hear
    except UnknownKind:
        hear = None
    return hear.most_bytes if hear else LEAST_BYTES


def caller_of(kind: str, request: Request, now: datetime) -> Caller:
    """Who calls `/hooks/<kind>/<door>/`. Raises Forged, with one and the same meaning: nobody whom we know."""
    try:
        known = kind_named(kind)
    except UnknownKind:
        raise Forged("no such kind") from None
    if known.hear is None:
        raise Forged("a kind that hears nothing")
    find = _by_key if known.hear.doors else _by_address
    caller = find(known, known.hear, request, now)
    if caller.trust is Trust.NOBODY:
        raise Forged("an integration that hears nobody")
    return caller


def places_of(caller: Caller, heard: Heard) -> list[Place]:
    """The teams that can be meant, one place each: by what was pressed, by the room, or since there is only one."""
    if heard.mark:
        marked = _marked(caller, heard)
        if marked is not None:
            return [_place(caller, marked)]
    there = [each for each in caller.integrations if _is_there(caller.hear, each, heard)]
    by_team = {each.team_id: each for each in reversed(there or caller.integrations)}
    if heard.mark:
        return [_place(caller, (there or caller.integrations)[0], stray=True)]
    if not there and len(by_team) > 1:
        return []
    return [_place(caller, each) for each in by_team.values()]


def number_meant(heard: Heard, place: Place) -> int | None:
    """The alert that the call itself names, by the button's mark or by the remote's key; None where it names none.

    -1 is an alert that there cannot be.
    """
    if heard.mark:
        number = number_in(heard.mark.rpartition(":")[2])
        return -1 if number is None else number
    if not heard.alert_key:
        return None
    number = number_in(heard.alert_key.rpartition("/")[2])
    known = number is not None and heard.alert_key == alert_key(settings.BELLHOP_BASE_URL, place.team.slug, number)
    return number if known else -1


def told_alerts(place: Place) -> QuerySet[Alert]:
    """The team's alerts that were told through these integrations, or are about to be; drills too."""
    if place.stray:
        return Alert.objects.none()
    told = Delivery.objects.filter(alert=OuterRef("pk"), integration__in=place.integrations, state__in=TOLD)
    mine = Alert.objects.of(place.team).filter(Exists(told))
    return mine.select_related("team", "rule", "test", "acknowledged_by", "assigned_to")


def _by_address(kind: Kind, hear: Hearing, request: Request, now: datetime) -> Caller:
    found = hooks.called(kind.spec.kind, request.door)
    typed = _typed(found) if found is not None else None
    if found is None or typed is None:
        raise Forged("no such address")
    hear.verify(request, typed, now)
    return Caller(kind, hear, (found,), typed, f"{kind.spec.kind}:{found.uid.hex}")


def _by_key(kind: Kind, hear: Hearing, request: Request, now: datetime) -> Caller:
    """By the secret alone: each that is known is tried once, however many integrations share it."""
    if request.door not in hear.doors:
        raise Forged("no such door")
    usable = _usable(kind)
    firsts = usable.filter(pk__in=usable.order_by().values("hears_key").annotate(first=Min("pk")).values("first"))
    for key, *first in firsts.values_list("hears_key", *_Sealed._fields):
        for row in _one_of(usable, key, _Sealed(*first)):
            typed = _opened(row, tuple(settings.BELLHOP_ENCRYPTION_KEYS))
            if typed is None:
                continue
            if _proves(hear, request, typed, now):
                sharing = tuple(usable.filter(hears_key=key).select_related("team"))
                return Caller(kind, hear, sharing, typed, f"{kind.spec.kind}:{key}")
            break
    raise Forged("no secret that is known proves it")


def _one_of(usable: QuerySet[Integration], key: str, first: _Sealed) -> Iterator[_Sealed]:
    """The first that has the key; the others too, since it alone may be unreadable."""
    yield first
    others = usable.filter(hears_key=key).exclude(pk=first.id)
    yield from (_Sealed(*row) for row in others.values_list(*_Sealed._fields))


def _usable(kind: Kind) -> QuerySet[Integration]:
    usable = Integration.objects.filter(kind=kind.spec.kind, enabled=True, archived_at=None, builtin=False)
    return usable.exclude(hears_key="").order_by("pk")


def _proves(hear: Hearing, request: Request, typed: Any, now: datetime) -> bool:
    try:
        hear.verify(request, typed, now)
    except Forged:
        return False
    return True


@lru_cache(maxsize=MOST_OPENED)
def _opened(row: _Sealed, keys: tuple[str, ...]) -> Any:
    """The settings; kept, since whoever forges calls has all of them opened each time. None where no key opens them."""
    return _typed(row)


def _typed(integration: Stored) -> Any:
    try:
        return settings_of(integration)
    except Unreadable:
        return None


def _marked(caller: Caller, heard: Heard) -> Integration | None:
    try:
        uid = UUID(hex=heard.mark.rpartition(":")[0])
    except ValueError:
        return None
    return next((each for each in caller.integrations if each.uid == uid), None)


def _is_there(hear: Hearing, integration: Integration, heard: Heard) -> bool:
    typed = _typed(integration)
    return typed is not None and hear.named_there(typed, heard)


def _place(caller: Caller, through: Integration, *, stray: bool = False) -> Place:
    sharing: Sequence[Integration] = [each for each in caller.integrations if each.team_id == through.team_id]
    return Place(through.team, tuple(sharing), through, stray)
