"""Random rules and random series for them: gaps, silent and returning sources, corrections, late data."""

from dataclasses import dataclass

from hypothesis import strategies as st

from alerts.evaluation import ConditionSpec, Operator, Reading, RuleSpec
from channels_app.words import Severity

SOURCES = ["s1", "s2", "s3", "s4"]
METRICS = ["m", "n"]
VALUES = st.sampled_from([0.0, 0.0, 1.0, 2.0, 3.0])
INTERVAL = 60


@dataclass(frozen=True)
class Batch:
    """Measurements received together, `wait` seconds after what came before."""

    readings: tuple[Reading, ...]
    wait: float


@dataclass(frozen=True)
class CloseByHand:
    """Somebody closes the alert."""


@dataclass(frozen=True)
class Silence:
    """The timer looks `wait` seconds after what came before."""

    wait: float


@dataclass(frozen=True)
class Edit:
    """The rule becomes another one."""

    spec: RuleSpec


Step = Batch | CloseByHand | Silence | Edit

WAITS = st.sampled_from([0.0, 1.0, 30.0, 60.0, 200.0])

conditions = st.builds(
    ConditionSpec,
    metric=st.sampled_from(METRICS),
    operator=st.sampled_from([Operator.GT, *(operator for operator in Operator if operator is not Operator.ABSENT)]),
    threshold=st.sampled_from([0.0, 1.0, 2.0]),
    severity=st.sampled_from(Severity),
)
absences = st.builds(ConditionSpec, st.just("m"), st.just(Operator.ABSENT), st.none(), st.just(Severity.MAJOR))


@st.composite
def rules(draw: st.DrawFn) -> RuleSpec:
    window = draw(st.sampled_from([1, 2, 3, 4, 13]))
    return RuleSpec(
        conditions=tuple(draw(st.lists(conditions, min_size=1, max_size=4)) + draw(st.lists(absences, max_size=1))),
        match=draw(st.sampled_from(["all", "any"])),
        rounds_required=draw(st.integers(1, min(window, 3))),
        rounds_window=window,
        mode=draw(st.sampled_from(["any", "exact"])),
        minimum_sources=draw(st.integers(1, 3)),
        minimum_percent=draw(st.sampled_from([None, None, 10, 50, 100])),
        interval=INTERVAL,
        reopen_after=draw(st.sampled_from([100.0, 43200.0])),
        when_data_stops=draw(st.sampled_from(["keep", "clear"])),
        no_data_minutes=draw(st.sampled_from([1, 5])),
    )


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """A history that mostly moves on by a round, sometimes by none, by more than ten or by very many."""
    number, history = draw(st.sampled_from([0, -3, 29_000_000])), list[Step]()
    for _ in range(draw(st.integers(1, 14))):
        number += draw(st.sampled_from([0, 1, 1, 1, 1, 2, 10, 11, 5000]))
        history.append(draw(_batch(number)))
        history += draw(st.lists(st.one_of(_others), max_size=1)) if draw(st.integers(0, 3)) == 0 else []
    return history


@st.composite
def maintenance(draw: st.DrawFn) -> list[tuple[float, float]]:
    """Times in which the first rounds of such a history are in maintenance, also from the midst of a round on."""
    cuts = st.builds(lambda number, seconds: number * INTERVAL + seconds, st.integers(-5, 25), st.sampled_from([0, 20]))
    edges = sorted(draw(st.sets(cuts, min_size=2, max_size=6)))
    ranges = list(zip(edges[::2], edges[1::2], strict=False))
    base = 29_000_000.0 * INTERVAL
    return [(float(a), float(b)) for a, b in ranges] + [(base + a, base + b) for a, b in ranges]


@st.composite
def _batch(draw: st.DrawFn, number: int) -> Batch:
    reading = st.builds(
        Reading,
        source=st.sampled_from(SOURCES),
        metric=st.sampled_from([*METRICS, *METRICS, "unused"]),
        observed_at=st.builds(
            lambda back, seconds: float((number - back) * INTERVAL + seconds),
            st.sampled_from([0, 0, 0, 0, 1, 1, 2, 5, 12]),
            st.sampled_from([0, 1, 30.5, 59.999]),
        ),
        value=VALUES,
    )
    return Batch(tuple(draw(st.lists(reading, max_size=8))), draw(WAITS))


_others: list[st.SearchStrategy[Step]] = [
    st.just(CloseByHand()),
    st.builds(Silence, WAITS),
    st.builds(Edit, rules()),
]


@st.composite
def steady_rounds(draw: st.DrawFn, spec: RuleSpec) -> list[list[Reading]]:
    """Rounds in which every source reports all metrics of the rule once or is silent, never for more than nine rounds.

    All sources report in the first round, so that none is new to a later one.
    """
    metrics = sorted({condition.metric for condition in spec.conditions})
    rounds = [_round(0, [(s, m, draw(VALUES)) for s in SOURCES for m in metrics])]
    for number in range(1, draw(st.integers(2, 10))):
        present = draw(st.sets(st.sampled_from(SOURCES)))
        rounds.append(_round(number, [(s, m, draw(VALUES)) for s in sorted(present) for m in metrics]))
    return rounds


def _round(number: int, said: list[tuple[str, str, float]]) -> list[Reading]:
    return [Reading(source, metric, float(number * INTERVAL), value) for source, metric, value in said]


def a_second_apart(readings: list[Reading]) -> list[Reading]:
    """The same readings, observed within their round in the order in which they stand."""
    return [reading._replace(observed_at=reading.observed_at + second) for second, reading in enumerate(readings)]
