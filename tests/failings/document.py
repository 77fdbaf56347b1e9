"""Writes docs/destinations-that-fail.md from the table: `python -m tests.failings.document`."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import django

from channels_app import registry
from channels_app.contract import Reason
from tests.failings import apprise, http, mail, slack_app, tcp
from tests.failings.rows import Fate, Row

PAGE = Path(__file__).resolve().parents[2] / "docs" / "destinations-that-fail.md"
PARTS: Mapping[str, tuple[Row, ...]] = {
    "Slow": http.SLOWNESS,
    "Broken off": http.BREAKS,
    "Without end": http.FLOODS,
    "Busy, or in trouble": http.BUSY,
    "Strange or final answers": http.SAYINGS,
    "Addresses and redirects": http.ADDRESSES,
    "Certificates": http.CERTIFICATES,
    "Slack's Web API, which an app calls": (*slack_app.WORDS, *slack_app.UNLIKE_A_WEBHOOK),
    "The mail server's replies": mail.REPLIES,
    "A mail server that falls silent": mail.SILENCE,
    "Trust in the mail server": mail.TRUST,
    "Talks over TCP": tcp.ROWS,
    "Through Apprise": apprise.ROWS,
}
MANY = 4  # kinds, from which those that most have in common are "others"
INTRODUCTION = """\
# Destinations that fail

What Bellhop does when the other side misbehaves, and what people read then. This page is written by
`python -m tests.failings.document` from the table that the tests play against real servers on every run: with every
kind, through the Test button and through the sender. What a team sees of it, and what it can do, is in
[When a destination fails](when-a-destination-fails.md).

- *Again* means that the message waits in its lane and is tried anew: in 5 s, 10 s, 20 s ... up to 15 min, at random
  below that, so that many lanes do not come back at once; where the destination names a time, then, but after an hour
  at most, and after 5 s where that time is past or no time at all. A limit (429) holds everything that shares the
  webhook or room. After 24 h a message expires, and the next one says how many were not told.
- *Given up* means that the same message would be refused again. Where the destination itself is at fault, repeated
  refusals over more than a minute put the integration on hold: from then on its messages wait, it is tried now and
  then, and its owners are told.
- One call takes `BELLHOP_CALL_SECONDS` at most, from the name to the last byte, whatever the other side dribbles; the
  whole conversation with a mail server or over TCP likewise. An answer is read up to 64 KB, headers and interim answers
  included; then the connection is cut. At most `BELLHOP_PER_ADDRESS` calls run at one address; more wait, and others do
  not wait for them; where the address answers nobody for 2 s, those that wait count as not answered in time.
- Addresses are judged on the very address that is connected to, so a name that changes between check and call gains
  nothing; a kept connection is judged again. Redirects are never followed. Certificates are always verified;
  `BELLHOP_CA_FILE` adds some to the public ones. A call whose kept connection closes is not repeated unseen: it counts
  as a try like any other.
- The words of the other side are shown on one line, without tags, control characters and everything secret that
  Bellhop sent (raw, URL-encoded or in base64), up to 200 characters. Test says one and the same of a name that is not
  found and of an address that is not allowed.

## What each reason says, and what to do
"""


def page() -> str:
    """The whole page."""
    from channels_app.advice import ADVICE
    from deliveries.sentences import WHY

    reasons = [f"| {_plain(reason)} | {WHY[reason]} | {ADVICE[reason]} |" for reason in Reason]
    parts = [INTRODUCTION, _table(("reason", "what the page says", "advice"), reasons)]
    for title, rows in PARTS.items():
        lines = [f"| {row.name} | {_each(row, _fate)} | {_each(row, _words)} |" for row in rows]
        parts.append(f"## {title}\n\n" + _table(("a destination that ...", "Bellhop", "the log says"), lines))
    return "\n".join(parts)


def _table(head: tuple[str, str, str], lines: list[str]) -> str:
    return "\n".join([f"| {' | '.join(head)} |", "|---|---|---|", *lines, ""])


def _each(row: Row, tell: Callable[[Fate], str]) -> str:
    """What all kinds have in common once; where they differ, each sort with the kinds that it holds for."""
    told: dict[str, list[str]] = {}
    for kind, fate in row.fates.items():
        told.setdefault(tell(fate), []).append(registry.name_of(kind))
    if len(told) == 1:
        return next(iter(told))
    most = max(told.values(), key=len) if len(row.fates) > MANY else []
    return "; ".join(
        f"{'others' if names is most else ', '.join(names)}: {text or 'nothing'}"
        for text, names in sorted(told.items(), key=lambda each: each[1] is most)
    )


def _fate(fate: Fate) -> str:
    if fate.end == "delivered":
        return "delivered"
    assert fate.reason
    if fate.end == "never":
        return f"given up: {_plain(fate.reason)}"
    return f"again{f' after {fate.pause:g} s' if fate.pause else ''}: {_plain(fate.reason)}"


def _words(fate: Fate) -> str:
    words = "".join(f"\\{letter}" if letter in "|[]*_`<" else letter for letter in fate.words)
    return f"“{words}”" if words else (f"status {fate.status}" if fate.status else "")


def _plain(reason: Reason) -> str:
    return reason.replace("_", " ")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    PAGE.write_text(page())
