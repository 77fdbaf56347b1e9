"""The conditions of a rule as a message says them. Stored snapshots have them in English, and in parts. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from channels_app.speech import ENGLISH, Speech, mark

_ROUNDS = re.compile(
    r"(?P<required>\d+) of (?P<window>\d+) rounds?, (?P<mode>any|the same) sources, at least (?P<least>\d+)"
    r"(?: (?P<percent>%) of)? sources?"
)
_MODES = {"any": mark("any sources"), "the same": mark("the same sources")}


def condition_of(snapshot: Mapping[str, Any], speech: Speech) -> str:
    """`response_time > 500 and loss >= 2; 1 of 1 round, any sources, at least 1 source`; empty where there is none."""
    text, conditions = str(snapshot.get("text") or ""), snapshot.get("conditions")
    if speech.language == ENGLISH.language or not conditions:
        return text
    rounds = text.rpartition("; ")[2]
    joint = mark("{first} or {then}") if snapshot.get("match") == "any" else mark("{first} and {then}")
    whole = ""
    for each in conditions:
        said = words_of(each, speech)
        if f"{each['text']} ({each.get('severity')})" in text:
            said = f"{said} ({speech.severity(str(each['severity']))})"
        whole = speech.say(joint, first=whole, then=said) if whole else said
    return f"{whole}; {_rounds(rounds, speech)}"


def words_of(condition: Mapping[str, Any], speech: Speech) -> str:
    """`response_time > 500`, `heartbeat absent for 10 min`."""
    text = str(condition["text"])
    if speech.language == ENGLISH.language or condition.get("operator") != "absent":
        return text
    span = text.removeprefix(f"{condition['metric']} absent for ")
    return speech.say("{metric} absent for {span}", metric=condition["metric"], span=span)


def _rounds(text: str, speech: Speech) -> str:
    found = _ROUNDS.fullmatch(text)
    if not found:
        return text
    rounds = speech.many(
        "{required} of {count} round", "{required} of {count} rounds", int(found["window"]), required=found["required"]
    )
    least = int(found["least"])
    if found["percent"]:
        minimum = speech.say("at least {count} % of sources", count=least)
    else:
        minimum = speech.many("at least {count} source", "at least {count} sources", least)
    return f"{rounds}, {speech.say(_MODES[found['mode']])}, {minimum}"
