"""A message as plain words, for kinds and clients that show nothing else. Pure."""

from collections.abc import Callable, Iterator, Sequence

from channels_app.contract import DigestLine, Message
from channels_app.speech import ENGLISH, Speech
from channels_app.text import block, line, safe_url
from channels_app.words import SEVERITIES

NAMED_LINES = 30
FEWEST_WORDS = 60
MOST_WORDS = 500


def paragraphs(message: Message) -> Iterator[str]:
    """The message in plain text, paragraph by paragraph, most needed first. Not escaped, not cut."""
    speech = message.speech
    yield line(message.headline)
    yield block(message.summary)
    yield "\n".join(f"{line(fact.label)}: {line(fact.value)}" for fact in message.facts)
    yield from (digest_line(each, speech) for each in message.lines[:NAMED_LINES])
    yield rest(message)
    yield block(message.text)
    yield f"{speech.say('Note')}: {block(message.note)}" if message.note else ""
    for link in (message.link, message.runbook):
        yield f"{line(link.text)}: {safe_url(link.url)}" if link and safe_url(link.url) else ""
    yield speech.time(message.at)


def digest_line(each: DigestLine, speech: Speech = ENGLISH) -> str:
    """One alert of a digest on one line, with its address."""
    return f"#{each.number} {story(each, speech)}: {line(each.text)} {safe_url(each.link.url)}".rstrip()


def story(each: DigestLine, speech: Speech = ENGLISH) -> str:
    """`critical triggered`, `minor cleared`."""
    return f"{speech.severity(each.severity)} {speech.story(each.story)}"


def rest(message: Message) -> str:
    """How many alerts of a digest are not named: `and 12 more: 2 critical, 10 minor`; empty when all are."""
    unnamed, speech = dict(message.counts), message.speech
    for each in message.lines[NAMED_LINES:]:
        unnamed[each.severity] = unnamed.get(each.severity, 0) + 1
    total = sum(unnamed.values())
    if not total:
        return ""
    by_severity = (f"{unnamed[each]} {speech.severity(each)}" for each in reversed(SEVERITIES) if unnamed.get(each))
    return speech.many("and {count} more: {which}", "and {count} more: {which}", total, which=", ".join(by_severity))


def digest_rows(
    named: Sequence[DigestLine],
    budget: int,
    linked: Callable[[DigestLine], str],
    fitted: Callable[[str, int], str],
    speech: Speech = ENGLISH,
) -> list[str]:
    """One row for each of `named` in `budget` characters together: its number, linked, then what fits of its words.

    `linked` gives the number as a link, or empty; `fitted(text, limit)` escapes and cuts. Where there is no room for
    all links, the last rows lose theirs first; no row loses its number.
    """
    heads = [f"{linked(each) or f'#{each.number}'} {story(each, speech)}: " for each in named]
    room = budget - len(named) * (FEWEST_WORDS + 1)
    used = sum(map(len, heads))
    for position in reversed(range(len(heads))):
        if used <= room:
            break
        bare = f"#{named[position].number} {story(named[position], speech)}: "
        used -= len(heads[position]) - len(bare)
        heads[position] = bare
    share = min(MOST_WORDS, max(FEWEST_WORDS, (budget - used) // max(1, len(heads)) - 1))
    return [head + fitted(each.text, share) for head, each in zip(heads, named, strict=True)]
