"""What is told of changes in a team: who changed what, from what to what. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from channels_app.contract import Fact, Link, Message
from channels_app.speech import speech_of
from channels_app.text import cut, line
from channels_app.words import Story
from integrations.masking import holds_mask
from integrations.models import Integration
from teams.adminkit.evidence import action_words, words_of
from teams.models import AuditEntry
from teams.words import listed

NAMED_CHANGES = 15
NAMED_FIELDS = 8
NAMED_PEOPLE = 3
VALUE_LENGTH = 80


@dataclass(slots=True)
class Deed:
    """What one did to one thing; `changes` maps field -> [before, after] over all that they did to it together."""

    who: str
    action: str
    which: str
    times: int = 0
    changes: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """`rule changed: Checkout is slow`."""
        return f"{action_words(self.action)}: {self.which}"


def message_of(place: Integration, entries: Sequence[AuditEntry], now: datetime) -> Message:
    """One message for all `entries`, oldest first; they are of the team of `place`, and at least one."""
    deeds = _deeds(entries)
    people = list(dict.fromkeys(each.who for each in deeds))
    unnamed = len(deeds) - NAMED_CHANGES
    return Message(
        key=f"changes-{place.pk}-{entries[0].pk}-{entries[-1].pk}",
        story=Story.CHANGED,
        headline=_headline(deeds, people),
        at=entries[-1].at,
        sender=place.team.name,
        facts=tuple(_facts(deeds[:NAMED_CHANGES], len(people) > 1)),
        note=f"And {unnamed:,} more." if unnamed > 0 else "",
        link=Link("Who changed what", f"{settings.BELLHOP_BASE_URL}/t/{place.team.slug}/team/history/"),
        speech=speech_of("en", place.time_zone),  # what it tells are names of fields, as pages have them
    )


def _deeds(entries: Iterable[AuditEntry]) -> list[Deed]:
    """What one did to one thing again and again is one deed: from what it was first to what it is now."""
    found: dict[tuple[str, ...], Deed] = {}
    for entry in entries:
        key = (entry.actor_text, entry.action, entry.target_type, entry.target_id)
        deed = found.setdefault(key, Deed(entry.actor_text, entry.action, entry.target_text))
        deed.which, deed.times = entry.target_text, deed.times + 1
        for name, pair in entry.changes.items():
            first = deed.changes.get(name, pair)[0]
            deed.changes[name] = [first, pair[-1]]
    return list(found.values())


def _headline(deeds: Sequence[Deed], people: Sequence[str]) -> str:
    who = listed(people, NAMED_PEOPLE)
    if len(deeds) == 1:
        return _upper(f"{action_words(deeds[0].action)} by {who}: {deeds[0].which}")
    return f"{len(deeds):,} changes by {who}"


def _facts(deeds: Sequence[Deed], says_who: bool) -> Iterator[Fact]:
    for deed in deeds:
        by = f"by {deed.who}" if says_who else ""
        yield Fact(_upper(deed.title), "; ".join(filter(None, (by, _changed(deed)))) or "done")


def _changed(deed: Deed) -> str:
    differ = [name for name, (before, after) in deed.changes.items() if before != after or _is_secret(after)]
    if not differ:
        return "changed and changed back" if deed.changes else ""
    told = "; ".join(_pair(name, *deed.changes[name]) for name in differ[:NAMED_FIELDS])
    more = len(differ) - NAMED_FIELDS
    return f"{told}; and {more} more fields" if more > 0 else told


def _pair(name: str, before: Any, after: Any) -> str:
    """A secret is not shown in part either: more people read a room than may edit integrations."""
    label = name.replace("_", " ")
    if _is_secret(before) or _is_secret(after):
        return f"{label}: {'a new secret' if after else 'removed'}"
    new = _value(after) or "empty"
    return f"{label}: {new}" if before is None else f"{label}: {_value(before) or 'empty'} → {new}"


def _is_secret(value: Any) -> bool:
    return holds_mask(words_of(value))


def _value(value: Any) -> str:
    return cut(line(words_of(value)), VALUE_LENGTH)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
