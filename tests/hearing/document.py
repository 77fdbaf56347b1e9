"""Writes docs/two-way-table.md from the declaration: `python -m tests.hearing.document`."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from channels_app.registry import name_of
from tests.hearing.declared import MUTED, SURFACES, Deed, Given, Never, State, Surface, Who

PAGE = Path(__file__).resolve().parents[2] / "docs" / "two-way-table.md"
INTRODUCTION = """\
# Who can do what from where

What happens when somebody acts on an alert: on the pages, by the API, in the admin, in Slack, in HipChat, in PagerDuty
or by a link in a mail. This page is written by `python -m tests.hearing.document` from the table that the tests play
through the real addresses on every run, cell by cell. How to set it up is in [Two-way](two-way.md).

- The deeds are acknowledge, unacknowledge (take that back), assign, note, close and mute (tell nobody of the alert's
  test for a while). Where nothing is said of the alert, the answer is the same for every
  deed and for every alert, whatever the call names.
- In **bold** stands what the timeline then says. Where nothing is bold, nothing changes, but for a mute.
- *Told elsewhere only*: the team's alert, which was not told at that channel, room or service.
- *By that team's own means*: signed by their own app, at their own address, or with their own key or login.
- Everybody gets the same 401 whose call proves nothing, whatever it names.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(part for surface in SURFACES for part in _part(surface))])


def _part(surface: Surface) -> Iterator[str]:
    yield f"## {_capital(surface.name)}\n"
    yield f"The timeline says “{surface.by}”" + (f", *in {name_of(surface.kind)}*.\n" if surface.kind else ".\n")
    for why, deeds in groupby(sorted(surface.never, key=surface.never.__getitem__), surface.never.__getitem__):
        yield f"No {_listed(sorted(deeds))}: {why}.\n"
    tables = [who for who in Who if any(len(set(_row(surface, who, state))) > 1 for state in State)]
    yield from (f"- {_capital(who)}: {_by_state(surface, who)}." for who in Who if who not in tables)
    for who in tables:
        yield f"\n**{_capital(who)}**\n\n| | {' | '.join(State)} |\n|{'---|' * (len(State) + 1)}"
        for place, deed in enumerate(_deeds(surface)):
            yield f"| {deed} | {' | '.join(_row(surface, who, state)[place] for state in State)} |"
    yield ""


def _deeds(surface: Surface) -> list[Deed]:
    return [deed for deed in Deed if deed not in surface.never]


def _row(surface: Surface, who: Who, state: State) -> list[str]:
    """What each deed gets."""
    return [_words(surface.given(deed, state, who)) for deed in _deeds(surface)]


def _by_state(surface: Surface, who: Who) -> str:
    """What all deeds get alike; where that depends on the alert, the usual and then what differs."""
    told = {state: _row(surface, who, state)[0] for state in State}
    usual = told[State.TRIGGERED]
    others = [f"{state}: {words}" for state, words in told.items() if words != usual]
    return "; ".join([usual, *others])


def _words(given: Given | Never) -> str:
    if isinstance(given, Never):
        return f"cannot be: {given.why}"
    return f"{given.sort}, **{given.records}**" if given.records not in ("", MUTED) else str(given.sort)


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


if __name__ == "__main__":
    PAGE.write_text(page())
