"""What an integration is told, and how: the values of it, checked, and in words."""

from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db.models import Count, Q

from channels_app import registry
from channels_app.words import SEVERITIES
from integrations.forms import spec_of
from integrations.models import Integration, Language, Telling
from integrations.models.telling import usually_told
from teams.models import Team
from teams.readers import zones

UNKNOWN_ZONE = "There is no such time zone; one is written like Europe/Berlin. Empty: UTC."
KEEPS_STATES = "{name} keeps the state of alerts; it has no place for other news."


class Policy(TypedDict, total=False):
    """The fields of an integration that say what it is told and how; see Integration."""

    used_by_default: bool
    minimum_severity: str
    events: Sequence[str]
    picture: bool
    time_zone: str
    language: str
    hears_changes: bool


FIELDS: tuple[str, ...] = tuple(Policy.__annotations__)


def checked(kind: str, policy: Policy) -> dict[str, Any]:
    """The values as they are stored; ValidationError names the fields that are wrong, with what is allowed there."""
    clean: dict[str, Any] = {**policy}
    if "events" in policy:
        clean["events"] = [each.value for each in Telling if each in policy["events"]]
    if errors := {name: [words] for name, words in _errors(kind, policy)}:
        raise ValidationError(errors)
    return clean


def lay(row: Integration, policy: Policy) -> None:
    """Put checked values onto the row, which is not saved."""
    for name, value in checked(row.kind, policy).items():
        setattr(row, name, value)


def facts(row: Integration) -> dict[str, Any]:
    """All values by name, as the audit compares them."""
    return {name: getattr(row, name) for name in FIELDS}


def unusual(row: Integration) -> dict[str, Any]:
    """Those that are not what a new integration has."""
    usual = facts(Integration())
    return {name: value for name, value in facts(row).items() if value != usual[name]}


def in_words(row: Integration) -> list[str]:
    """What is unusual about it, a few words each, for lists."""
    return list(_in_words(row))


def can_hear_changes(kind: str) -> bool:
    """Whether its messages can be news of any kind, and not only the states of alerts."""
    return not spec_of(kind).abilities.tracks_state


def rules_that_tell_defaults(team: Team) -> tuple[int, int]:
    """How many of its rules tell the team's default integrations, and how many it has."""
    live = team.rules.filter(archived_at=None)
    counts = live.aggregate(all=Count("pk"), told=Count("pk", filter=Q(only_these=False)))
    return counts["told"], counts["all"]


def _errors(kind: str, policy: Policy) -> Iterator[tuple[str, str]]:
    for name, known in (("minimum_severity", SEVERITIES), ("language", Language.values)):
        if name in policy and (value := str(policy.get(name))) not in known:
            yield name, f"“{value[:40]}” is unknown here; known are {', '.join(known)}."
    if strange := [each for each in policy.get("events", ()) if each not in Telling.values]:
        yield "events", f"“{str(strange[0])[:40]}” is unknown here; known are {', '.join(Telling.values)}."
    if (zone := policy.get("time_zone")) and zone not in zones():
        yield "time_zone", UNKNOWN_ZONE
    if policy.get("hears_changes") and not can_hear_changes(kind):
        yield "hears_changes", KEEPS_STATES.format(name=registry.name_of(kind))


def _in_words(row: Integration) -> Iterator[str]:
    if row.used_by_default:
        yield "told by every rule"
    if row.minimum_severity != SEVERITIES[0]:
        yield f"from {row.minimum_severity}"
    yield from _events_in_words(row.events)
    if row.picture:
        yield "graph image"
    if row.time_zone:
        yield row.time_zone
    if row.language != Language.ENGLISH:
        yield Language(row.language).label
    if row.hears_changes:
        yield "hears of changes"


def _events_in_words(events: Sequence[str]) -> Iterator[str]:
    if not events:
        yield "only escalations"
        return
    usual = usually_told()
    if missing := [Telling(each).label.lower() for each in usual if each not in events]:
        yield f"not: {', '.join(missing)}"
    if more := [Telling(each).label.lower() for each in events if each not in usual]:
        yield f"also: {', '.join(more)}"
