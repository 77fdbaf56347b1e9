"""Rules and rounds in few words, so that a test reads as the clause it holds the evaluation to.

A rule's conditions are texts such as `load > 5 major`; a round is a text such as `a=9 b=1 a.errors=2`: arrivals in
order, each a source (with a metric other than `load` after the dot) and its value. Changes read `3 opened minor`.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from alerts.evaluation import (
    Change,
    ConditionSpec,
    Operator,
    Reading,
    RuleSpec,
    State,
    closed_by_hand,
    feed,
    silence,
)
from channels_app.words import RANK_SEVERITY, Severity

INTERVAL = 60


def condition(text: str) -> ConditionSpec:
    metric, operator, *rest = text.split()
    severity = Severity(rest.pop()) if rest and rest[-1] in set(Severity) else Severity.MINOR
    return ConditionSpec(metric, Operator(operator), float(rest[0]) if rest else None, severity)


def rule(*conditions: str, of: tuple[int, int] = (1, 1), **more: Any) -> RuleSpec:
    """A rule of `X of Y` rounds, by default over `load > 5` in 1 of 1."""
    spec = RuleSpec(tuple(condition(text) for text in conditions or ("load > 5",)), "all", of[0], of[1], "any")
    return replace(spec, interval=INTERVAL, **more)


def readings(number: int, text: str) -> list[Reading]:
    """The arrivals of a round, a second apart."""
    return [_reading(number * INTERVAL + second, item) for second, item in enumerate(text.split())]


def _reading(observed_at: float, item: str) -> Reading:
    place, value = item.split("=")
    source, _, metric = place.partition(".")
    return Reading(source, metric or "load", observed_at, float(value))


def in_words(changes: list[Change]) -> list[str]:
    return [f"{change.round} {change.what} {change.reason or RANK_SEVERITY[change.rank]}" for change in changes]


@dataclass
class Scene:
    """A rule on a test as time goes by; each call answers with the changes it caused."""

    spec: RuleSpec
    state: State = field(default_factory=State)

    def say(self, number: int, text: str, *, received_at: float = 0.0) -> list[str]:
        """One measurement after the other."""
        changes = [feed(self.spec, self.state, [reading], received_at) for reading in readings(number, text)]
        return in_words([change for batch in changes for change in batch])

    def close(self, at: float = 0.0) -> None:
        closed_by_hand(self.spec, self.state, at)

    def wait_until(self, now: float) -> list[str]:
        return in_words(silence(self.spec, self.state, now))


def play(spec: RuleSpec, *rounds: str) -> list[str]:
    """The changes of rounds 0, 1, 2 ...; an empty text is a round without data."""
    scene = Scene(spec)
    return [change for number, text in enumerate(rounds) for change in scene.say(number, text)]
