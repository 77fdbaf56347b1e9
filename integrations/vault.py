"""Secrets at rest: each config is encrypted whole, together with the row and the team that it belongs to."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils.crypto import salted_hmac

from integrations.models import Integration

BATCH = 100


class Stored(Protocol):
    """What has to be known of an integration to open it: the model, or a row with the same names."""

    @property
    def id(self) -> int: ...
    @property
    def team_id(self) -> int: ...
    @property
    def uid(self) -> UUID | str: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def sealed(self) -> str: ...


class Unreadable(Exception):
    """The stored settings of an integration cannot be opened; the text names the integration and nothing of them."""

    def __init__(self, integration: Stored, why: str) -> None:
        super().__init__(f"The stored settings of integration {integration.id} “{integration.name}” {why}.")


@dataclass(slots=True)
class Rotation:
    """What a rotation found: rows sealed anew, rows that had the first key already, rows that no key opens."""

    resealed: int = 0
    current: int = 0
    unreadable: list[Integration] = field(default_factory=list)


def seal(team_id: int, uid: UUID, config: dict[str, Any]) -> str:
    """`config` (JSON values only) as ciphertext that opens for this team and this row alone."""
    content = json.dumps({"team": team_id, "uid": str(uid), "config": config}, separators=(",", ":"))
    return _box().encrypt(content.encode()).decode()


def unseal(integration: Stored) -> dict[str, Any]:
    """The integration's config; `Unreadable` if no key opens it or it was sealed for another row or team."""
    try:
        content = orjson.loads(_box().decrypt(integration.sealed))
    except (InvalidToken, ValueError):
        raise Unreadable(integration, "cannot be decrypted with the keys in BELLHOP_ENCRYPTION_KEYS") from None
    if content["team"] != integration.team_id or _digits(content["uid"]) != _digits(str(integration.uid)):
        raise Unreadable(integration, "belong to another integration")
    config: dict[str, Any] = content["config"]
    return config


def _digits(uid: str) -> str:
    """A UUID in the one form that all its spellings share."""
    return uid.replace("-", "").lower()


def keyed_hash(text: str) -> str:
    """64 hex digits by which `text` can be found again, but not guessed. Stays the same when encryption keys rotate."""
    return salted_hmac("integrations.keyed_hash", text, algorithm="sha256").hexdigest()


def rotate(batch: int = BATCH) -> Rotation:
    """Seal every row with the first key. Safe under load: each row is written only if it is still as it was read."""
    result = Rotation()
    for rows in _batches(batch):
        with transaction.atomic():
            for row in rows:
                _reseal(row, result)
    return result


def _batches(size: int) -> Iterator[list[Integration]]:
    last = 0
    while rows := list(Integration.objects.filter(pk__gt=last).order_by("pk")[:size]):
        yield rows
        last = rows[-1].pk


def _reseal(row: Integration, result: Rotation) -> None:
    while True:
        if _has_first_key(row.sealed):
            result.current += 1
            return
        try:
            fresh = _box().rotate(row.sealed).decode()
        except InvalidToken:
            result.unreadable.append(row)
            return
        if Integration.objects.filter(pk=row.pk, sealed=row.sealed).update(sealed=fresh):
            result.resealed += 1
            return
        row.refresh_from_db(fields=["sealed"])


def _has_first_key(sealed: str) -> bool:
    try:
        _keys(tuple(settings.BELLHOP_ENCRYPTION_KEYS))[0].decrypt(sealed)
    except InvalidToken:
        return False
    return True


def _box() -> MultiFernet:
    return _box_of(tuple(settings.BELLHOP_ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
def _box_of(texts: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(_keys(texts))


@lru_cache(maxsize=4)
def _keys(texts: tuple[str, ...]) -> Sequence[Fernet]:
    if not texts:
        raise ImproperlyConfigured("BELLHOP_ENCRYPTION_KEYS names no key.")
    try:
        return [Fernet(text) for text in texts]
    except ValueError:
        raise ImproperlyConfigured("BELLHOP_ENCRYPTION_KEYS holds a text that is no Fernet key.") from None
