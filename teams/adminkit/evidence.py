"""Audit entries as people read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from teams.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Change:
    """One field's value before (empty for a new one) and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who did what to which, and when."""

    at: datetime
    who: str
    what: str
    which: str
    changes: list[Change]


def evidence_of(entry: AuditEntry) -> Evidence:
    """The entry in words."""
    changes = [
        Change(name.replace("_", " "), words_of(pair[0]), words_of(pair[-1])) for name, pair in entry.changes.items()
    ]
    return Evidence(entry.at, entry.actor_text, action_words(entry.action), entry.target_text, changes)


def action_words(action: str) -> str:
    """`api_key.created` -> "API key created"."""
    return action.replace(".", " ").replace("_", " ").replace("api key", "API key")


def words_of(value: Any) -> str:
    """One side of a change, for people; empty for what was not there."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return " ".join(f"{name} {words_of(part)}" for name, part in value.items() if part not in (None, ""))
    if isinstance(value, list):
        return "; ".join(map(words_of, value)) or "none"
    return "" if value is None else str(value)
