"""What templates of all apps share: moments in the reader's time zone, lengths of time, words of state, fields."""

import re
from datetime import UTC, datetime, timedelta

from django import template
from django.forms import BoundField
from django.template.defaultfilters import date
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from teams.words import listed

register = template.Library()
register.filter("listed", listed)

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@register.simple_tag
def moment(at: datetime | None, form: str = "Y-m-d H:i:s") -> SafeString | str:
    """A time in the reader's zone, its title in UTC; nothing for None. `form` is as Django's date filter takes it."""
    if at is None:
        return ""
    shown = date(timezone.localtime(at), form)
    in_utc = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}Z" title="{} UTC">{}</time>',
        in_utc.strftime("%Y-%m-%dT%H:%M:%S"),
        in_utc.strftime("%Y-%m-%d %H:%M:%S"),
        shown,
    )


@register.simple_tag
def zone() -> str:
    """The name of the reader's time zone, as pages say it once."""
    return timezone.get_current_timezone_name()


@register.simple_tag
def outside(address: str) -> SafeString | str:
    """A link to an address that people entered; plain text where it is not http or https."""
    if not address.startswith(("http://", "https://")):
        return address
    return format_html('<a href="{0}" rel="noopener noreferrer">{0}</a>', address)


@register.filter
def spell(span: timedelta | float | None) -> str:
    """A length of time in its two largest units: "2 h 5 min". Takes a timedelta or seconds."""
    if span is None:
        return ""
    left = max(0, int(span.total_seconds() if isinstance(span, timedelta) else span))
    parts: list[str] = []
    for size, unit in _UNITS:
        if left >= size or (unit == "s" and not parts):
            parts.append(f"{left // size} {unit}")
        elif parts:
            break
        left %= size
    return " ".join(parts[:2])


@register.simple_tag
def lasted(start: datetime, end: datetime | None = None) -> str:
    """How long it was from `start` to `end`, or until now."""
    return spell((end or timezone.now()) - start)


@register.filter
def together(sentence: str) -> SafeString:
    """Conditions joined by "and" or "or": lines break between them, within one only where it is longer than a line."""
    conditions = re.split(r" (and|or) ", sentence)
    joints = ["", *(f" {word} " for word in conditions[1::2])]
    return format_html_join("", '{}<span class="together">{}</span>', zip(joints, conditions[::2], strict=True))


@register.simple_tag
def severity(word: str) -> SafeString:
    """A severity with its shape and colour."""
    return format_html('<span class="severity severity-{}">{}</span>', word, word)


@register.simple_tag
def state(word: str, text: str = "") -> SafeString:
    """A state with its shape and colour: of an alert, or one of good, bad, waiting, off, with the text to show."""
    return format_html('<span class="state state-{}">{}</span>', word, text or word)


@register.inclusion_tag("teams/field.html")
def field(bound: BoundField) -> dict[str, object]:
    """A form field with its label, help and errors; Django ties them together for those who hear the page."""
    return {"field": bound, "ticks": bound.widget_type == "checkbox"}
