"""What was said, as a command: a verb, the alerts that it is about, and the rest. Pure; any text is fine."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from channels_app.text import block, line
from teams.values import number_in

MOST_WORDS = 4_000
MOST_NUMBERS = 20
SHOWN = 40
USUAL_MUTE = 60  # minutes
_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10_080}
_LENGTH = re.compile(r"([0-9]{1,6})\s*(m|h|d|w)(?:in|ins|inutes?|ours?|ays?|eeks?)?", re.IGNORECASE)
_FOR_GOOD = frozenset(("for good", "forever"))


class Verb(StrEnum):
    """What can be asked."""

    LIST = "list"
    ACK = "ack"
    UNACK = "unack"
    ASSIGN = "assign"
    CLOSE = "close"
    NOTE = "note"
    MUTE = "mute"
    UNMUTE = "unmute"
    WHO = "who"
    LINK = "link"
    UNLINK = "unlink"
    HELP = "help"


FORMS: dict[Verb, str] = {
    Verb.LIST: "list - the open alerts that were told here",
    Verb.ACK: "ack 17 - say that you take care of it",
    Verb.UNACK: "unack 17 - take that back",
    Verb.ASSIGN: "assign 17 [me, or an e-mail address] - give it to somebody",
    Verb.CLOSE: "close 17 [why] - end it",
    Verb.NOTE: "note 17 text - write something into its timeline",
    Verb.MUTE: "mute 17 [30m, 2h, 1d, for good] - tell nobody of its test for a while, an hour if you name none",
    Verb.UNMUTE: "unmute 17 - end that",
    Verb.WHO: "who [17] - who has it and who was told; without a number, who you are here",
    Verb.LINK: "link - say who you are in Bellhop",
    Verb.UNLINK: "unlink - take that back",
    Verb.HELP: "help - this",
}
_NEEDS_ALERT = frozenset((Verb.ACK, Verb.UNACK, Verb.ASSIGN, Verb.CLOSE, Verb.NOTE, Verb.MUTE, Verb.UNMUTE))
_ONE_ALERT = frozenset((Verb.NOTE, Verb.MUTE, Verb.UNMUTE, Verb.WHO))
_WITH_TEXT = frozenset((Verb.CLOSE, Verb.NOTE, Verb.MUTE))


class NoCommand(Exception):
    """What was said is no command; the text says how it would be one."""


@dataclass(frozen=True, slots=True)
class Command:
    """`numbers` are of alerts, each once, in the order in which they were said; `rest` is what stands behind them."""

    verb: Verb
    numbers: tuple[int, ...] = ()
    rest: str = ""


def parse(words: str, number: int | None = None) -> Command:
    """The command. `number` is the alert's where the call itself says which is meant; the words need none then."""
    verb, rest = _verb(block(words)[:MOST_WORDS])
    if number is None:
        numbers, rest = _numbers(verb, rest)
    else:
        numbers, rest = (number,), _without(rest, number)
    if verb in _NEEDS_ALERT and not numbers:
        raise NoCommand(f"Say which alert: {FORMS[verb]}.")
    most = 1 if verb in _ONE_ALERT else MOST_NUMBERS
    if len(numbers) > most:
        raise NoCommand(f"At most {most} at once: {FORMS[verb]}.")
    return Command(verb, numbers, rest)


def minutes_of(rest: str) -> int | None:
    """For how long to mute: minutes, None until somebody ends it."""
    said = " ".join(rest.lower().split()).removeprefix("for ")
    if f"for {said}" in _FOR_GOOD or said in _FOR_GOOD:
        return None
    if not said:
        return USUAL_MUTE
    found = _LENGTH.fullmatch(said)
    if not found or not int(found[1]):
        raise NoCommand(f"“{line(rest)[:SHOWN]}” is no time that Bellhop knows. For how long? {FORMS[Verb.MUTE]}.")
    return int(found[1]) * _MINUTES[found[2].lower()]


def _verb(words: str) -> tuple[Verb, str]:
    first, rest = _parted(words)
    try:
        return Verb(first.lower() or Verb.HELP), rest
    except ValueError:
        known = ", ".join(Verb)
        raise NoCommand(f"“{line(first)[:SHOWN]}” is nothing that Bellhop knows. It knows: {known}.") from None


def _numbers(verb: Verb, rest: str) -> tuple[tuple[int, ...], str]:
    """The numbers in front, and what is behind. With a text behind, only the first may lack its `#`."""
    found: list[int] = []
    texted = verb in _WITH_TEXT and _has_text(rest)  # once: numbers that are taken away change nothing of it
    while rest:
        first, behind = _parted(rest)
        numbers = _all_numbers(first)
        if numbers is None or (texted and found and "#" not in first):
            break
        found += numbers
        rest = behind
    return tuple(dict.fromkeys(found)), rest


def _parted(text: str) -> tuple[str, str]:
    """The first word, and all behind it."""
    first, *behind = text.split(maxsplit=1) or [""]
    return first, behind[0].strip() if behind else ""


def _has_text(left: str) -> bool:
    return any(_all_numbers(each) is None for each in left.split())


def _all_numbers(word: str) -> list[int] | None:
    """`#17,18` -> [17, 18]; None where it is anything else."""
    numbers: Sequence[int | None] = [number_in(each.removeprefix("#")) for each in word.rstrip(",").split(",")]
    whole = [each for each in numbers if each is not None]
    return whole if len(whole) == len(numbers) else None


def _without(rest: str, number: int) -> str:
    """The rest, without the number that the call says already."""
    first, behind = _parted(rest)
    return behind if first.removeprefix("#") == str(number) else rest
