"""What a lane sends next: order, digests and what newer events supersede. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

COLLAPSE_AFTER = timedelta(seconds=30)
TRIES_BEFORE_BEHIND = 5
DIGEST_FROM = 3
NAMED = 30


class Waiting(NamedTuple):
    """A delivery that waits in a lane. `rank` is its severity's, `tries` counts failed calls that told it by name.

    `clears` says whether its event is the alert's end, `in_place` whether it only updates a message, in silence.
    """

    id: int
    alert_id: int
    recipient: str
    rank: int
    tries: int
    recorded_at: datetime
    clears: bool = False
    in_place: bool = False


class Plan(NamedTuple):
    """One dispatch: the deliveries it carries, most urgent first, and (older, newer) pairs of superseded ones.

    With more than one item it is a digest.
    """

    items: tuple[Waiting, ...]
    superseded: tuple[tuple[int, int], ...] = ()

    @property
    def used(self) -> set[int]:
        """The ids that no longer wait once this dispatch is on its way."""
        return {item.id for item in self.items} | {older for older, _ in self.superseded}


Thread = list[Waiting]


def named(items: Sequence[Waiting]) -> Sequence[Waiting]:
    """The items that a dispatch names, the most severe first, as they stand in the plan; a digest counts the rest.

    Only what is named can be why the dispatch fails, so only of these the tries are counted: whatever happens to a
    digest, most of what it carried stays in the next one.
    """
    return items[:NAMED]


def next_dispatch(
    waiting: Sequence[Waiting], *, allowance: int, digestible: bool, now: datetime, merge_from: int = 0
) -> Plan | None:
    """The next dispatch of a lane, or None where nothing waits.

    `allowance` is how many calls the budget lets go within the next 5 s: what is more becomes a digest, and so does
    what waits for one recipient from `merge_from` on, where that is not 0. Alerts go by severity, then by age; the
    events of one alert (to one recipient) keep their order. What failed often goes behind the rest, by itself. Silent
    updates come after all that is to be heard, and in no digest: it cannot update the messages of those it tells of.
    """
    if len(waiting) <= 1:
        return Plan((waiting[0],)) if waiting else None
    threads = sorted(_threads(waiting), key=_urgency)
    first = threads[0]
    if digestible and not _behind(first):
        of_first = [each for each in threads if each[0].recipient == first[0].recipient and not _behind(each)]
        group = [each for each in of_first if _loud(each)]
        if sum(len(_loud(each)) for each in group) >= (merge_from or max(DIGEST_FROM, allowance + 1)):
            return _digest(group)
    return _collapsed(first) if now - first[0].recorded_at > COLLAPSE_AFTER else Plan((first[0],))


def _threads(waiting: Sequence[Waiting]) -> list[Thread]:
    """What waits, by alert and recipient, each in order."""
    threads: dict[tuple[int, str], Thread] = {}
    for each in sorted(waiting, key=lambda one: one.id):
        threads.setdefault((each.alert_id, each.recipient), []).append(each)
    return list(threads.values())


def _urgency(thread: Thread) -> tuple[bool, bool, int, int]:
    return _behind(thread), not _loud(thread), -max(each.rank for each in thread), thread[0].id


def _loud(thread: Thread) -> Thread:
    return [each for each in thread if not each.in_place]


def _behind(thread: Thread) -> bool:
    return any(each.tries >= TRIES_BEFORE_BEHIND for each in thread)


def _digest(group: Sequence[Thread]) -> Plan:
    collapsed = [_collapsed(thread) for thread in group]
    return Plan(
        items=tuple(plan.items[0] for plan in collapsed),
        superseded=tuple(pair for plan in collapsed for pair in plan.superseded),
    )


def _collapsed(thread: Thread) -> Plan:
    """The latest event speaks for the earlier ones; but silence speaks for nothing that is to be heard."""
    latest = (_loud(thread) or thread)[-1]
    return Plan((latest,), tuple((each.id, latest.id) for each in thread if each.id < latest.id))
