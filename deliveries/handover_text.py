"""The hand-over in words: as Markdown for a chat, and the phrases that its page shares."""

from collections.abc import Callable, Sequence
from datetime import tzinfo

from alerts.links import alert_link
from alerts.models import Alert, ClearedReason
from alerts.sentences import CLEARED_WORDS
from deliveries.handover import Broken, Few, Handover, Row, has_it
from deliveries.markdown import bullets, clock, document, heading, plain
from teams.models import Team


def summary(found: Handover) -> str:
    """All of it in one line."""
    least = "at least " if found.still_open.is_cut else ""
    parts = [
        f"{found.opened.total} opened",
        f"{found.still_open.total} still open{f' ({least}{found.nobodys} nobody has)' if found.nobodys else ''}",
        f"{found.cleared.total} cleared",
        f"{len(found.broken)} broken destination{'' if len(found.broken) == 1 else 's'}",
    ]
    return ", ".join(parts) + "."


def how_cleared(alert: Alert, found: Handover) -> str:
    """How it ended, and by whom where somebody closed it."""
    end = found.ends.get(alert.pk)
    by = (
        f" by {end.actor_text}"
        if end and end.actor_text and alert.cleared_reason == ClearedReason.CLOSED_BY_HAND
        else ""
    )
    text = f": {alert.cleared_text}" if alert.cleared_text else ""
    return f"{CLEARED_WORDS.get(alert.cleared_reason, alert.cleared_reason)}{by}{text}"


def losses(each: Broken) -> str:
    """What it lost: "3 rejected, 1 expired"; empty where nothing was."""
    parts = [f"{each.rejected} rejected" if each.rejected else "", f"{each.expired} expired" if each.expired else ""]
    return ", ".join(filter(None, parts))


def as_markdown(team: Team, found: Handover, zone: tzinfo) -> str:
    """The whole hand-over; times are of `zone`, which it names once."""
    opened = _section("Opened", found.opened, lambda each: f"{_line(each)}, {_at(each, zone)}, {each.state}")
    still = _section(
        "Still open", found.still_open, lambda each: f"{_line(each)}, since {_at(each, zone)}, {_who(each)}"
    )
    cleared = _section("Cleared", found.cleared, lambda each: f"{_line(each)}, {plain(how_cleared(each, found))}")
    notes = _section(
        "Notes",
        found.notes,
        lambda each: f"{each.alert} {plain(each.actor_text)}: {plain(each.detail.get('text', ''))}",
    )
    span = f"Since {clock(found.since, zone)}, as of {clock(found.now, zone)} ({zone})."
    blocks = [heading(1, f"Hand-over of {plain(team.name)}"), f"{span} {summary(found)}"]
    return document([*blocks, *opened, *still, *cleared, *_quiet(found), *_broken(found.broken), *notes])


def _section(title: str, few: Few[Row], line: Callable[[Row], str]) -> list[str]:
    more = [f"… {few.total} in all"] if few.is_cut else []
    return [heading(2, title), bullets([*map(line, few.rows), *more]) or "None."]


def _quiet(found: Handover) -> list[str]:
    lines = [f"{_line(each)}: {plain(how_cleared(each, found))}, still violated" for each in found.held.rows]
    for each in found.quiet:
        more = f" ({each.names.total} in all)" if each.names.is_cut else ""
        lines.append(f"{each.why}: {', '.join(map(plain, each.names.rows))}{more}")
    return [heading(2, "Quiet, and why"), bullets(lines) or "Nothing."]


def _broken(broken: Sequence[Broken]) -> list[str]:
    lines = []
    for each in broken:
        lost = losses(each)
        lines.append(f"{plain(each.integration.name)}: {plain(each.standing.text)}{f' ({lost})' if lost else ''}")
    return [heading(2, "Broken destinations"), bullets(lines) or "None."]


def _line(alert: Alert) -> str:
    return f"[{alert}]({alert_link(alert)}) {alert.severity}: {plain(alert.about)}"


def _at(alert: Alert, zone: tzinfo) -> str:
    return clock(alert.started_at, zone)


def _who(alert: Alert) -> str:
    return plain(has_it(alert)) or "nobody has it"
