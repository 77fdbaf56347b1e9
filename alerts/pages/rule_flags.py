"""What other parts of Bellhop have to say of rules beside their names: they register here, and stay unknown here."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from alerts.models import AlertRule


class Flag(NamedTuple):
    """A few words, and the whole sentence behind them."""

    words: str
    sentence: str


Source = Callable[[Sequence[AlertRule], datetime], Mapping[int, Flag]]
_SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Have `source` asked, with a number of queries that no number of rules changes; it answers by the ids of rules."""
    _SOURCES.append(source)


def flags_of(rules: Sequence[AlertRule], now: datetime) -> dict[int, list[Flag]]:
    """What there is to say of each of the rules, by id."""
    found: dict[int, list[Flag]] = {rule.pk: [] for rule in rules}
    for source in _SOURCES if rules else ():
        for rule, flag in source(rules, now).items():
            found[rule].append(flag)
    return found
