"""What people can do to alerts from where an integration leads to, in sentences; and where its remote calls."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from channels_app import registry
from channels_app.contract import Kind
from channels_app.hearing import Hearing, Trust
from integrations.hooks import address_of
from integrations.models import Integration
from integrations.selectors import kind_of, settings_of
from integrations.vault import Unreadable
from teams.access import Actor, Permission
from teams.errors import Conflict

WHOSE: dict[Trust, str] = {
    Trust.PEOPLE: "People act from there as themselves: each confirms once, logged in here, who they are there. Then "
    "they may do what their role in the team allows.",
    Trust.SERVICE: "What is done there counts here too, in the name that {kind} gives. {kind} proves each call.",
    Trust.ANYONE: "Whoever writes there may do all that a member may, without proof of who they are: the timeline then "
    "says where it was said, and as whom.",
    Trust.ACKNOWLEDGING: "Whoever writes there may acknowledge, and no more, without proof of who they are: the "
    "timeline then says where it was said, and as whom.",
    Trust.READING: "Whoever writes there may ask what is open and who has it, and change nothing.",
    Trust.NOBODY: "Nobody can act from there with these settings.",
}
OFF = "While it is switched off, nothing from there is heard."
SHARED = "Integrations of this type have no address of their own."
_NOWHERE = frozenset(
    ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "test", "invalid", "example")
)


class Door(NamedTuple):
    """An address that all integrations of a kind share; no secret."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class TwoWay:
    """`on`: people can act from there. `whose` says on whose word; `lacks` what keeps them from it, if anything does.

    `people`: they are known, each having confirmed. `address` is the integration's own hook, a secret: empty for who
    may not edit, and where the kind has `doors`. `steps` are what to do there. `app`: there is a manifest to paste.
    `enlists`: the remote can be asked to call.
    """

    on: bool
    whose: str
    lacks: str
    people: bool = False
    address: str = field(default="", repr=False)
    doors: tuple[Door, ...] = ()
    steps: tuple[str, ...] = ()
    app: bool = False
    enlists: bool = False


def two_way_of(actor: Actor, integration: Integration) -> TwoWay | None:
    """As `actor` may see it; None for kinds that hear nothing, and where the settings cannot be read."""
    try:
        kind, typed = kind_of(integration), settings_of(integration)
    except Unreadable:
        return None
    hear = kind.hear
    if hear is None:
        return None
    trust = hear.trust(typed)
    words = WHOSE[trust].format(kind=kind.spec.name)
    return TwoWay(
        on=trust not in (Trust.NOBODY, Trust.READING),
        whose=words if integration.enabled else f"{words} {OFF}",
        lacks=hear.lacks(typed),
        people=trust is Trust.PEOPLE,
        address=hook_of(actor, integration) or "",
        doors=doors_of(kind),
        steps=hear.setup,
        app=hear.manifest is not None,
        enlists=hear.enlist is not None,
    )


def hook_of(actor: Actor, integration: Integration) -> str | None:
    """Its own address; None where it has none, and for who may not edit."""
    return address_of(integration) if actor.may(Permission.EDIT) and has_address(integration.kind) else None


def has_address(kind: str) -> bool:
    """Whether each integration of that kind has an address of its own."""
    hear = _hearing(kind)
    return hear is not None and not hear.doors


def can_enlist(kind: str) -> bool:
    """Whether a remote of that kind can be asked to call."""
    hear = _hearing(kind)
    return hear is not None and hear.enlist is not None


def require_address(integration: Integration) -> None:
    """Conflict where there is none that could be changed."""
    if not has_address(integration.kind):
        raise Conflict(SHARED)


def doors_of(kind: Kind) -> tuple[Door, ...]:
    """The addresses that all integrations of the kind share."""
    names = kind.hear.doors if kind.hear else ()
    return tuple(
        Door(name, f"{settings.BELLHOP_BASE_URL}{reverse('hook', args=[kind.spec.kind, name])}") for name in names
    )


def with_manifest() -> frozenset[str]:
    """The kinds of which an app can be made from a manifest."""
    return frozenset(kind.spec.kind for kind in registry.offered() if kind.hear and kind.hear.manifest)


def with_addresses() -> frozenset[str]:
    """The kinds of which each integration has an address that its remote calls."""
    return frozenset(kind.spec.kind for kind in registry.offered() if has_address(kind.spec.kind))


def manifest_of(kind: Kind) -> Mapping[str, Any] | None:
    """What the remote's set-up takes to make an app of this installation; None for kinds without."""
    manifest = kind.hear.manifest if kind.hear else None
    return manifest(settings.BELLHOP_BASE_URL) if manifest else None


def doubts_about(base_url: str) -> list[str]:
    """Why a service in the internet can hardly call us at this address, as far as it tells, a sentence each."""
    parts = urlsplit(base_url)
    found = [] if parts.scheme == "https" else ["It does not begin with https://, and most services call nothing else."]
    if not _is_public(parts.hostname or ""):
        found.append(f"{parts.hostname} is no name that can be reached from the internet.")
    return found


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        labels = host.rstrip(".").split(".")
        return len(labels) > 1 and labels[-1] not in _NOWHERE and labels[-2:] != ["home", "arpa"]


def _hearing(kind: str) -> Hearing | None:
    try:
        return registry.kind(kind).hear
    except registry.UnknownKind:
        return None
