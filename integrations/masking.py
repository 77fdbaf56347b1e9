"""Secrets on their way out and back in: what is shown instead of them, and when a shown mask may keep one. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

DOTS = "••••••••"
TAIL = 4
SHORTEST_WITH_TAIL = 16

HELD_MASK = "Leave the masked value exactly as it was to keep it, or enter the whole value."
ENTER_AGAIN = "The address was changed, so enter this again: it is not sent to another host unasked."

_JOINTS = re.compile(r"[/?&=#\s]")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Merged:
    """A submitted config laid over the stored one. `kept` names the secrets that were taken over from it."""

    values: dict[str, Any]
    kept: frozenset[str]
    errors: dict[str, str]


def mask(secret: str) -> str:
    """What is shown for `secret`: dots and its last 4 characters if it is long; of a URL also scheme and host."""
    last = _JOINTS.split(secret)[-1]
    tail = last[-TAIL:] if len(last) >= SHORTEST_WITH_TAIL else ""
    return f"{_shown_origin(secret)}{DOTS}{tail}"


def masked(config: Mapping[str, Any], secret_fields: Iterable[str]) -> dict[str, Any]:
    """`config` with every secret masked."""
    hidden = frozenset(secret_fields)
    return {name: mask(str(value)) if name in hidden and value else value for name, value in config.items()}


def holds_mask(value: object) -> bool:
    """Whether `value` is a text with a part of a mask in it."""
    return isinstance(value, str) and DOTS[:3] in value


def merge(submitted: Mapping[str, Any], current: Mapping[str, Any], secret_fields: Iterable[str]) -> Merged:
    """Lay `submitted` over `current`: absent keeps, None clears, an unchanged mask keeps, a changed one errs."""
    values = {**current, **submitted}
    errors: dict[str, str] = {}
    kept = set()
    for name in secret_fields:
        old, new = current.get(name), values.get(name)
        if old and (name not in submitted or new == mask(str(old))):
            values[name] = old
            kept.add(name)
        elif holds_mask(new):
            values[name] = None
            errors[name] = HELD_MASK
    return Merged({name: value for name, value in values.items() if value is not None}, frozenset(kept), errors)


def must_be_entered_again(
    kept: Iterable[str], before: Mapping[str, Any], after: Mapping[str, Any], address_fields: Iterable[str]
) -> dict[str, str]:
    """Errors for the kept secrets that `after` would send to another scheme, host or port than `before`."""
    fields = tuple(address_fields)
    if origins(before, fields) == origins(after, fields):
        return {}
    return {name: ENTER_AGAIN for name in kept if after.get(name) and after[name] == before.get(name)}


def origins(config: Mapping[str, Any], address_fields: Iterable[str]) -> frozenset[tuple[str, str, int]]:
    """Scheme, host and port of every address in `config`; a value that is no URL counts as it is."""
    return frozenset(_origin(str(config[name])) for name in address_fields if config.get(name))


def _origin(address: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ("", address, 0)
    if not host:
        return ("", address.lower(), 0)
    return (parts.scheme, host.rstrip("."), port or _PORTS.get(parts.scheme, 0))


def _shown_origin(text: str) -> str:
    scheme, host, port = _origin(text)
    if scheme not in _PORTS:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}/" if port == _PORTS[scheme] else f"{scheme}://{shown}:{port}/"
