"""The language and the time zone that a message speaks. Pure, but for the catalogues, which are read once.

English stands in the code; the other languages are the catalogues `languages/<language>.po`, keyed by the English
text. A `Speech` is passed along with the message: one thread makes messages of many languages.
"""

import gettext
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from channels_app.text import duration, spans
from channels_app.words import AlertState, Severity, Story

CATALOGUES = Path(__file__).parent / "languages"


def mark(text: str) -> str:
    """`text`, to be said later: so it is found and translated."""
    return text


SEVERITY_WORDS: Mapping[Severity, str] = {
    Severity.INFO: mark("info"),
    Severity.MINOR: mark("minor"),
    Severity.MAJOR: mark("major"),
    Severity.CRITICAL: mark("critical"),
}
STATE_WORDS: Mapping[AlertState, str] = {
    AlertState.TRIGGERED: mark("triggered"),
    AlertState.ACKNOWLEDGED: mark("acknowledged"),
    AlertState.CLEARED: mark("cleared"),
}
STORY_WORDS: Mapping[Story, str] = {
    Story.TRIGGERED: mark("triggered"),
    Story.SEVERITY_CHANGED: mark("severity changed"),
    Story.NO_DATA: mark("no data"),
    Story.REMINDER: mark("reminder"),
    Story.ESCALATED: mark("escalated"),
    Story.ACKNOWLEDGED: mark("acknowledged"),
    Story.UNACKNOWLEDGED: mark("unacknowledged"),
    Story.ASSIGNED: mark("assigned"),
    Story.NOTED: mark("noted"),
    Story.CLEARED: mark("cleared"),
}
VIOLATING = mark("{violating} of {heard} violating")
_UNITS = {
    "d": mark("{count} d"),
    "h": mark("{count} h"),
    "min": mark("{count} min"),
    "s": mark("{count} s"),
}


@dataclass(frozen=True, slots=True)
class Speech:
    """How a message speaks: `language` as in Integration.language, `zone` an IANA name (empty: UTC)."""

    language: str = "en"
    zone: str = ""

    def say(self, text: str, **values: object) -> str:
        """`text` in the language, with `values` filled in for its `{names}`."""
        if self.language != "en" and text:
            text = _catalogue(self.language).gettext(text)
        return text.format(**values) if values else text

    def many(self, one: str, other: str, count: int, **values: object) -> str:
        """The same of a text with a number in it, `{count}`, in the form that the number asks for."""
        if self.language == "en":
            text = one if count == 1 else other
        else:
            text = _catalogue(self.language).ngettext(one, other, count)
        return text.format(count=count, **values)

    def number(self, count: int) -> str:
        """A count with its thousands apart, by a blank where a comma could be read as that of a fraction."""
        return f"{count:,}" if self.language == "en" else f"{count:,}".replace(",", "\u202f")

    def severity(self, severity: Severity | str) -> str:
        """The word for a severity; what is none stays as it is."""
        return severity if self.language == "en" else self.say(severity)

    def story(self, story: Story) -> str:
        """What is told, in a word or two."""
        return self.say(STORY_WORDS.get(story, story))

    def time(self, at: datetime) -> str:
        """`2026-11-21 04:24 CET`, in the zone."""
        return clock(at, self.zone)

    def duration(self, seconds: float) -> str:
        """A span in its two largest units, as text.duration."""
        if self.language == "en":
            return duration(seconds)
        return " ".join(self.say(_UNITS[unit], count=count) for count, unit in spans(seconds))


ENGLISH = Speech()


@lru_cache(maxsize=1024)
def speech_of(language: str, zone: str) -> Speech:
    """The speech; English and UTC where this installation does not have the language or the zone."""
    known = language if (CATALOGUES / f"{language}.po").is_file() else ENGLISH.language
    return Speech(known, "" if _zone(zone) is UTC else zone)


@lru_cache(maxsize=4096)  # what happens together is told with the same times
def clock(at: datetime, zone: str = "") -> str:
    """`2026-11-21 03:24 UTC`, or in another zone, with its abbreviation; with its offset where it has none."""
    there = at.astimezone(_zone(zone) if zone else UTC)
    name = (there.tzname() or "") if zone else "UTC"
    return f"{there.isoformat(' ')[:16]} {name if name[:1].isalpha() else f'UTC{str(there)[-6:]}'}"


@lru_cache(maxsize=1024)
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name and name != "UTC" else UTC
    except (KeyError, OSError, ValueError):
        return UTC


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    # Babel takes 50 ms to load: only those who speak another language than English do.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with (CATALOGUES / f"{language}.po").open("rb") as source:
        write_mo(compiled, read_po(source, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
