"""Codes that link who says them, for rooms where everybody reads the link: its page shows one to the member.

A code proves both sides at once: that the member opened the link of that person, and that this person speaks.
"""

import base64
import hmac
import re
from datetime import datetime

from django.utils.crypto import salted_hmac

from channels_app.hearing import Person
from deliveries.hearing import once
from deliveries.hearing.links import KEPT_FOR
from integrations.models import Integration
from teams.models import User

SCOPE = "chat-code"
PROOF_LENGTH = 8
MINUTE = 60
_CODE = re.compile(rf"([0-9]{{1,18}})-([A-Z2-7]{{{PROOF_LENGTH}}})")


def code_for(user: User, integration: Integration, person: Person, until: datetime) -> str:
    """What the person is to say to be that user, until that minute is over."""
    return f"{user.pk}-{_proof(user.pk, integration, person, int(until.timestamp()) // MINUTE)}"


def user_of(code: str, integration: Integration, person: Person, now: datetime) -> User | None:
    """The user whose page showed that code for this person; None where there is none, or its time is over."""
    found = _CODE.fullmatch(code.upper())
    if found is None:
        return None
    this, last = (int(at.timestamp()) // MINUTE for at in (now, now + KEPT_FOR))
    rights = [_proof(int(found[1]), integration, person, minute) for minute in range(this, last + 1)]
    # All are compared, so that the time tells nothing.
    right = sum(hmac.compare_digest(each, found[2]) for each in rights)
    return User.objects.filter(pk=int(found[1])).first() if right else None


def use_up(code: str, now: datetime) -> bool:
    """Whether it was not said before, by anybody: what stands in the room is good for nobody else."""
    return once.take(SCOPE, code.upper(), now)


def is_used_up(code: str) -> bool:
    return once.was_taken(SCOPE, code)


def _proof(user: int, integration: Integration, person: Person, minute: int) -> str:
    known = repr((user, integration.team_id, integration.hears_key, person.workspace, person.id, minute))
    made = salted_hmac("bellhop.deliveries.hearing.codes", known, algorithm="sha256").digest()
    return base64.b32encode(made).decode()[:PROOF_LENGTH]
