"""API keys: how they look, and which of them open the door."""

import hashlib
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from teams import sql
from teams.access import exceeds
from teams.models import ApiKey, Role

ALPHABET = string.ascii_letters + string.digits
PREFIX_LENGTH, SECRET_LENGTH = 8, 40
USED_EVERY = timedelta(minutes=1)


class KeyRefused(Exception):
    """The key opens nothing; the text says why as far as the holder may know."""


@dataclass(frozen=True)
class FreshKey:
    """A new key: `plain` is shown once and kept nowhere."""

    plain: str
    prefix: str
    digest: str

    def __repr__(self) -> str:
        return f"FreshKey(prefix={self.prefix!r})"


def fresh() -> FreshKey:
    prefix, secret = (
        "".join(secrets.choice(ALPHABET) for _ in range(length)) for length in (PREFIX_LENGTH, SECRET_LENGTH)
    )
    plain = f"bh_{prefix}_{secret}"
    return FreshKey(plain=plain, prefix=prefix, digest=digest(plain))


def digest(plain: str) -> str:
    """SHA-256 is enough: the secret is 40 random characters, not a password."""
    return hashlib.sha256(plain.encode()).hexdigest()


def find(plain: str, now: datetime) -> ApiKey:
    """The key, with its team at hand, if it opens the door; one query whether it exists or not. Raises KeyRefused."""
    found = sql.find_key(digest(plain))
    if found is None:
        raise KeyRefused("This API key is unknown.")
    key = found.key
    if key.revoked_at:
        raise KeyRefused(f"This API key was revoked on {key.revoked_at:%Y-%m-%d %H:%M} UTC.")
    if key.expires_at and key.expires_at <= now:
        raise KeyRefused(f"This API key expired on {key.expires_at:%Y-%m-%d %H:%M} UTC.")
    if _maker_lost_it(found):
        raise KeyRefused("This API key allows more than the person who made it may do now.")
    return key


def _maker_lost_it(found: sql.FoundKey) -> bool:
    if found.key.maker_id is None:
        return False
    if not found.maker_is_active:
        return True
    return exceeds(found.key.role, Role.ADMIN if found.maker_is_superuser else found.maker_role)


def note_use(key: ApiKey, now: datetime) -> None:
    """Keep `last_used_at`, written at most once a minute."""
    if key.last_used_at and now - key.last_used_at < USED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
