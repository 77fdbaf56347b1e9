"""The links by which people in chats are linked with members: signed, good once and for ten minutes."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.core.signing import BadSignature, Signer

from channels_app.hearing import Person
from deliveries.hearing import once
from integrations.models import Integration
from teams.models import Team

KEPT_FOR = timedelta(minutes=10)
KEY_SHOWN = 16
NAME_LENGTH = 100
SCOPE = "chat-link"


class Claim(NamedTuple):
    """What a link says: the verified integration, who asked there, and until when it is good."""

    integration: Integration
    person: Person
    until: datetime
    token: str


def token_for(integration: Integration, person: Person, now: datetime) -> str:
    """For an address: what `read` reads."""
    until = int((now + KEPT_FOR).timestamp())
    known = [integration.uid.hex, integration.hears_key[:KEY_SHOWN]]
    return _signer().sign_object([*known, person.workspace, person.id, person.name[:NAME_LENGTH], until])


def read(team: Team, token: str) -> Claim | None:
    """What the link says, however old it is; None where we did not make it for this team, or its key is another now."""
    try:
        uid, key, workspace, person, name, until = _signer().unsign_object(token)
    except (BadSignature, ValueError):
        return None
    usable = Integration.objects.of(team).select_related("team").filter(enabled=True)
    found = usable.filter(uid=UUID(hex=uid)).first()
    if found is None or not key or found.hears_key[:KEY_SHOWN] != key:
        return None
    return Claim(found, Person(workspace, person, name), datetime.fromtimestamp(until, UTC), token)


def is_over(claim: Claim, now: datetime) -> bool:
    """Whether it was used, or its time has passed."""
    return claim.until <= now or once.was_taken(SCOPE, claim.token)


def _signer() -> Signer:
    return Signer(sep=".", salt="bellhop.deliveries.hearing.links")
