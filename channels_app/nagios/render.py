"""Messages as passive check results: where, in which state, with which words and values."""

import math
from collections.abc import Iterator, Sequence
from itertools import chain

from channels_app.contract import Message, Payload
from channels_app.nagios.names import cleaned, name_of, readable, shortened
from channels_app.nagios.packet import HOST_BYTES, SERVICE_BYTES, Result
from channels_app.nagios.spec import NagiosSettings
from channels_app.speech import ENGLISH, Speech
from channels_app.subject import Reading
from channels_app.text import fill, number, safe_url
from channels_app.words import AlertState, Severity, Story

OK, WARNING, CRITICAL, UNKNOWN = range(4)
DOWN = 1
TEXT_SHARE = 0.7  # of the room for the output, where there are values as well
_WORSE = {OK: 0, WARNING: 1, UNKNOWN: 2, CRITICAL: 3}
_OVER = frozenset((Story.CLEARED, Story.MENDED, Story.TEST, Story.CHANGED))
_FLAT = str.maketrans("|\\", "//")  # a bar begins the values, a backslash could begin a line
_LABEL = str.maketrans("'=", "__")

Place = tuple[str, str]


def render(message: Message, settings: NagiosSettings) -> Payload:
    """The one result that tells `message`: of all that stands at its host and service, the worst counts."""
    where = place(message, settings)
    beside = [each for each in message.company if place(each, settings) == where]
    return {"results": [_result(where, [message, *beside], settings)]}


def stand(messages: Sequence[Message], settings: NagiosSettings) -> Payload:
    """One result for each host and service that `messages` belong to, and a sign of life."""
    places: dict[Place, list[Message]] = {}
    for each in messages:
        places.setdefault(place(each, settings), []).append(each)
    alive = _fitted(f"Bellhop is at work; {_many(_open(messages))} here.", "", settings)
    results = [_result(where, there, settings) for where, there in places.items()]
    return {"results": [*results, Result(settings.catch_all_host, settings.test_service, OK, alive)]}


def place(message: Message, settings: NagiosSettings) -> Place:
    """Host and service; the service is empty for the state of the host itself."""
    host, service = settings.catch_all_host, settings.catch_all_service
    if message.subject is None:  # Bellhop's own messages must change no alert's state
        return host, service if message.story is Story.DIGEST else settings.test_service
    named = name_of(settings.host_name, message.subject, HOST_BYTES)
    of_it = name_of(settings.service_name, message.subject, SERVICE_BYTES) if settings.service_name else ""
    return (named, of_it) if named is not None and of_it is not None else (host, service)


def state(message: Message, settings: NagiosSettings) -> int:
    """The state that `message` tells, as of a service."""
    if message.story is Story.DIGEST:
        codes = [_of(each.severity, settings) for each in message.lines if each.story is not Story.CLEARED]
        return max(codes, key=_WORSE.__getitem__, default=OK)
    if message.story in _OVER or message.state is AlertState.CLEARED:
        return OK
    if message.story is Story.NO_DATA or (message.subject and message.subject.silent):
        return UNKNOWN
    return WARNING if message.severity is None else _of(message.severity, settings)


def _of(severity: Severity, settings: NagiosSettings) -> int:
    codes = {Severity.CRITICAL: CRITICAL, Severity.MAJOR: CRITICAL, Severity.MINOR: WARNING}
    return codes.get(severity, WARNING if settings.info_state == "warning" else OK)


def _result(where: Place, there: Sequence[Message], settings: NagiosSettings) -> Result:
    """The first of the worst of `there` speaks; the others are counted, and the first is named if it is another."""
    worst = max(there, key=lambda each: _WORSE[state(each, settings)])
    code, speech = state(worst, settings), worst.speech
    words = _words(worst)
    if worst is not there[0]:
        words = speech.say("{worst} (now: {news})", worst=words, news=there[0].headline)
    if _open(there) > 1:
        words = speech.say("{many}, the worst: {worst}", many=_many(_open(there), speech), worst=words)
    host, service = cleaned(where[0], HOST_BYTES), cleaned(where[1], SERVICE_BYTES)
    shown = code if service else min(code, DOWN)
    return Result(host, service, shown, _fitted(words, _values(worst), settings))


def _open(messages: Sequence[Message]) -> int:
    return sum(each.story not in _OVER and each.state is not AlertState.CLEARED for each in messages)


def _many(count: int, speech: Speech = ENGLISH) -> str:
    return speech.many("{count} alert is open", "{count} alerts are open", count)


def _words(message: Message) -> str:
    links = (safe_url(link.url) for link in (message.link, message.runbook) if link)
    parts = (message.headline, message.summary, message.note, *links, message.speech.time(message.at))
    return " - ".join(filter(None, map(readable, parts)))


def _fitted(words: str, values: str, settings: NagiosSettings) -> str:
    """`words | values` on one line, in the bytes that the packet has for it."""
    room = settings.room - 1
    text = readable(words.translate(_FLAT)) or "Bellhop"
    most = room if not values else max(room - len(values) - 3, int(room * TEXT_SHARE))
    text = text if len(text.encode()) <= most else f"{shortened(text, most - 3)}..."
    left = fill(values.split("\n"), room - len(text.encode()) - 3, " ")
    return f"{text} | {left}" if left else text


def _values(message: Message) -> str:
    """The readings as performance data, a line each; a label that came before is left out."""
    readings = message.subject.readings if message.subject else ()
    pairs = dict(chain.from_iterable(map(_value, reversed(readings))))
    return "\n".join(f"'{label}'={value}" for label, value in reversed(pairs.items()))


def _value(reading: Reading) -> Iterator[tuple[str, str]]:
    whole = f"{reading.metric} {reading.source}".translate(_FLAT).translate(_LABEL)
    label = readable(whole.encode("ascii", "ignore").decode())[:100].strip()
    if label and math.isfinite(reading.value):
        yield label, number(reading.value)
