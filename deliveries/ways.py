"""The ways by which the owner of an integration can be told that it does not work: never by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from channels_app.contract import Delivered, Message, Outcome, Reason
from channels_app.doors import run
from integrations import consent
from integrations.models import Integration
from integrations.selectors import kind_of, scrub, secrets_of, settings_of
from integrations.services import builtin_email
from integrations.vault import Unreadable
from teams import mails
from teams.models import Role, Team


@dataclass(frozen=True, slots=True)
class Way:
    """An integration to be told through, and the addresses to write to where it writes to people; `name` for pages."""

    name: str
    integration: Integration
    recipients: tuple[str, ...] = ("",)


def ways_for(broken: Integration) -> list[Way]:
    """The place that the team chose, e-mail to the team's admins, then the fallback; the first that works is used."""
    places = Integration.objects.of(broken.team).filter(enabled=True, health__parked_at=None).exclude(pk=broken.pk)
    chosen = places.filter(hears_trouble_since__isnull=False).first()
    fallback = places.filter(stood_in_for=broken, hears_trouble_since=None).first()
    return [*_rooms(chosen), *_mail(broken.team), *_rooms(fallback)]


def mails_of(way: Way) -> int:
    """How many mails telling it there would be."""
    if way.recipients != ("",):
        return len(way.recipients)
    try:
        spec, whole = kind_of(way.integration).spec, settings_of(way.integration)
    except Unreadable:
        return 0
    return len(spec.recipients(spec.without(whole, consent.silent_of(way.integration.team_id, spec, whole))))


def tell(way: Way, message: Message, going_on: Callable[[], object] = lambda: None) -> str:
    """Send it there, and wait for the answer; empty if anybody got it, else why not.

    `going_on` is called before each of its calls, which together may take long.
    """
    try:
        kind = kind_of(way.integration)
        whole = settings_of(way.integration)
        typed = kind.spec.without(whole, consent.silent_of(way.integration.team_id, kind.spec, whole))
        payload, secrets = kind.render(message, typed), secrets_of(way.integration)
    except Unreadable as unusable:
        return f"{way.name}: {unusable}"
    outcomes: list[Outcome] = []
    for recipient in way.recipients:
        going_on()
        outcomes.append(run(kind.send(payload, typed, recipient))[0])
        if not isinstance(last := outcomes[-1], Delivered) and last.reason is Reason.NETWORK:
            break  # all have the same server
    failed = [each for each in outcomes if not isinstance(each, Delivered)]
    if len(failed) < len(outcomes):
        return ""
    return f"{way.name}: {scrub(failed[0].words, secrets) or failed[0].reason.replace('_', ' ')}"


def _rooms(place: Integration | None) -> Iterator[Way]:
    if place:
        yield Way(place.name, place)


def _mail(team: Team) -> Iterator[Way]:
    """Nobody reads mails where the operator set no server for them."""
    admins = team.memberships.filter(role=Role.ADMIN, user__is_active=True).order_by("pk")
    addresses = tuple(admins.values_list("user__email", flat=True))
    if addresses and mails.are_sent():
        yield Way("e-mail to the admins", builtin_email(team), addresses)
