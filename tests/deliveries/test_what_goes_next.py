"""Planning: order, digests and what newer events supersede."""

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from deliveries.planning import DIGEST_FROM, TRIES_BEFORE_BEHIND, Plan, Waiting, next_dispatch
from tests.conftest import NOW

MINOR, MAJOR, CRITICAL = 2, 3, 4


def waiting(
    pk: int,
    alert: int = 1,
    rank: int = MINOR,
    *,
    to: str = "",
    tries: int = 0,
    age: float = 0.0,
    in_place: bool = False,
) -> Waiting:
    return Waiting(pk, alert, to, rank, tries, NOW - timedelta(seconds=age), in_place=in_place)


def plan(*rows: Waiting, allowance: int = 6, digestible: bool = True, merge_from: int = 0) -> Plan | None:
    return next_dispatch(rows, allowance=allowance, digestible=digestible, now=NOW, merge_from=merge_from)


def ids(found: Plan | None) -> list[int]:
    assert found is not None
    return [item.id for item in found.items]


def test_nothing_waits_nothing_goes() -> None:
    assert plan() is None


def test_the_more_severe_alert_goes_first() -> None:
    assert ids(plan(waiting(1, 1, MINOR), waiting(2, 2, CRITICAL), waiting(3, 3, MAJOR))) == [2]


def test_among_equals_the_older_goes_first() -> None:
    assert ids(plan(waiting(5, 1), waiting(4, 2))) == [4]


def test_an_alert_that_rose_goes_early_but_in_its_own_order() -> None:
    assert ids(plan(waiting(1, 1, MINOR), waiting(2, 2, MAJOR), waiting(3, 1, CRITICAL))) == [1]


def test_a_clear_never_overtakes_its_trigger() -> None:
    assert ids(plan(waiting(1, 1), waiting(2, 1))) == [1]


def test_what_failed_five_times_goes_behind() -> None:
    bad = waiting(1, 1, CRITICAL, tries=TRIES_BEFORE_BEHIND)
    assert ids(plan(bad, waiting(2, 2))) == [2]
    assert ids(plan(bad)) == [1]


def test_an_alert_behind_stays_out_of_digests() -> None:
    bad = waiting(1, 1, CRITICAL, tries=TRIES_BEFORE_BEHIND)
    assert ids(plan(bad, *(waiting(n, n) for n in (2, 3, 4)), allowance=1)) == [2, 3, 4]


def test_a_digest_tells_all_when_more_waits_than_may_go_soon() -> None:
    rows = [waiting(n, n, CRITICAL if n == 7 else MINOR) for n in range(1, 8)]
    assert ids(plan(*rows, allowance=6)) == [7, 1, 2, 3, 4, 5, 6]
    assert ids(plan(*rows[:6], allowance=6)) == [1]


def test_two_are_never_a_digest() -> None:
    assert ids(plan(waiting(1, 1), waiting(2, 2), allowance=0)) == [1]


def test_a_kind_without_digests_gets_each_state() -> None:
    assert ids(plan(*(waiting(n, n) for n in range(1, 50)), allowance=1, digestible=False)) == [1]


def test_in_a_digest_the_latest_event_speaks_for_the_earlier_ones() -> None:
    found = plan(waiting(1, 1), waiting(2, 2), waiting(3, 1), waiting(4, 1), allowance=2)
    assert ids(found) == [4, 2]
    assert found is not None
    assert found.superseded == ((1, 4), (3, 4))


def test_a_digest_of_one_alert_is_one_plain_message() -> None:
    found = plan(waiting(1, 1), waiting(2, 1), waiting(3, 1), allowance=1)
    assert ids(found) == [3]


def test_after_thirty_seconds_only_the_latest_event_is_told() -> None:
    found = plan(waiting(1, 1, age=31), waiting(2, 1, age=2))
    assert ids(found) == [2]
    assert found is not None
    assert found.superseded == ((1, 2),)
    assert ids(plan(waiting(1, 1, age=29), waiting(2, 1, age=2))) == [1]


def test_a_digest_never_mixes_recipients() -> None:
    rows = [waiting(n, n, to="ann@example.com" if n % 2 else "bob@example.com") for n in range(1, 11)]
    assert ids(plan(*rows, allowance=3)) == [1, 3, 5, 7, 9]


def test_where_messages_are_merged_two_go_as_one_however_many_may_go() -> None:
    rows = [waiting(1, 1), waiting(2, 2, CRITICAL)]
    assert ids(plan(*rows, allowance=100, merge_from=2)) == [2, 1]
    assert ids(plan(*rows, allowance=100)) == [2]
    assert ids(plan(rows[0], merge_from=2)) == [1]


def test_a_merged_message_is_of_one_recipient_and_of_nothing_that_fails_by_itself() -> None:
    rows = [
        waiting(1, 1, to="ann@example.com"),
        waiting(2, 1, to="bob@example.com"),
        waiting(3, 2, to="bob@example.com"),
    ]
    bad = waiting(4, 3, CRITICAL, to="bob@example.com", tries=TRIES_BEFORE_BEHIND)
    assert ids(plan(*rows, bad, merge_from=2)) == [1]
    assert ids(plan(*rows[1:], bad, merge_from=2)) == [2, 3]
    assert ids(plan(bad, merge_from=2)) == [4]


def test_where_messages_are_merged_trigger_and_clear_that_both_wait_are_one() -> None:
    found = plan(waiting(1, 1), waiting(2, 1), merge_from=2)
    assert ids(found) == [2]
    assert found is not None
    assert found.superseded == ((1, 2),)


def test_what_is_not_digestible_is_never_merged() -> None:
    assert ids(plan(waiting(1, 1), waiting(2, 2), digestible=False, merge_from=2)) == [1]


def silent(pk: int, alert: int = 1, rank: int = MINOR, *, age: float = 0.0, tries: int = 0) -> Waiting:
    return waiting(pk, alert, rank, age=age, tries=tries, in_place=True)


def test_silent_updates_go_after_all_that_is_to_be_heard() -> None:
    assert ids(plan(silent(1, 1, CRITICAL), waiting(2, 2, MINOR))) == [2]
    assert ids(plan(silent(1, 1, CRITICAL), waiting(2, 2, tries=TRIES_BEFORE_BEHIND))) == [1]
    assert ids(plan(silent(1, 1, MINOR), silent(2, 2, CRITICAL))) == [2]


def test_a_silent_update_keeps_its_place_among_the_events_of_its_alert() -> None:
    assert ids(plan(silent(1, 1), waiting(2, 1))) == [1]
    assert ids(plan(waiting(1, 1), silent(2, 1))) == [1]


def test_what_is_to_be_heard_speaks_for_silent_updates_and_never_the_other_way_round() -> None:
    told = plan(waiting(1, 1, age=60), silent(2, 1, age=50), waiting(3, 1, age=40), silent(4, 1, age=35))
    assert ids(told) == [3]
    assert told is not None
    assert told.superseded == ((1, 3), (2, 3))
    alone = plan(silent(1, 1, age=60), silent(2, 1))
    assert ids(alone) == [2]
    assert alone is not None
    assert alone.superseded == ((1, 2),)


def test_silent_updates_make_no_digest_and_are_in_none() -> None:
    many = [silent(n, n) for n in range(1, 50)]
    assert ids(plan(*many, allowance=0)) == [1]
    assert ids(plan(*many, waiting(50, 50), waiting(51, 51), allowance=0)) == [50]
    found = plan(*many, silent(53, 54), *(waiting(n, n) for n in (52, 54, 55)), silent(56, 55), allowance=0)
    assert ids(found) == [52, 54, 55]
    assert found is not None
    assert found.superseded == ((53, 54),)


rows_of_a_lane = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.integers(1, 4),
        st.sampled_from(["", "ann@example.com"]),
        st.integers(0, 6),
        st.sampled_from([0.0, 10.0, 40.0]),
        st.booleans(),
    ),
    max_size=40,
)


def keeps_each_alerts_order(told: list[Waiting]) -> None:
    for one, other in ((a, b) for n, a in enumerate(told) for b in told[n + 1 :]):
        if (one.alert_id, one.recipient) == (other.alert_id, other.recipient):
            assert one.id < other.id


@given(
    rows_of_a_lane,
    st.integers(0, 6),
    st.booleans(),
    st.sampled_from([0, 2, 5]),
    st.randoms(use_true_random=False),
)
def test_every_delivery_ends_and_no_event_is_told_before_an_earlier_one(
    made: list[tuple[int, int, str, int, float, bool]],
    allowance: int,
    digestible: bool,
    merge_from: int,
    luck: random.Random,
) -> None:
    left = {
        n: waiting(n, alert, rank, to=to, tries=tries, age=age, in_place=quiet)
        for n, (alert, rank, to, tries, age, quiet) in enumerate(made)
    }
    silent_ones = {n for n, each in left.items() if each.in_place}
    told: list[Waiting] = []
    ended: dict[int, int] = {}

    for _ in range(1000):
        found = plan(*left.values(), allowance=allowance, digestible=digestible, merge_from=merge_from)
        if found is None:
            break
        assert len(found.items) == 1 or not silent_ones.intersection(item.id for item in found.items)
        assert all(older in silent_ones or newer not in silent_ones for older, newer in found.superseded)
        if luck.random() < 0.2:
            for item in found.items:
                left[item.id] = item._replace(tries=item.tries + 1)
            for older, newer in found.superseded:
                ended[older] = newer
                del left[older]
            continue
        told += [left[item.id] for item in found.items]
        ended |= dict(found.superseded) | {item.id: item.id for item in found.items}
        for pk in found.used:
            del left[pk]

    assert not left
    assert set(ended) == set(range(len(made)))
    keeps_each_alerts_order(told)
    for older, newer in ended.items():
        assert newer >= older
        assert newer in {each.id for each in told} or newer in ended


@given(st.lists(st.integers(1, 4), min_size=DIGEST_FROM, max_size=200))
def test_a_digest_carries_every_alert_most_severe_first(ranks: list[int]) -> None:
    found = plan(*(waiting(n, n, rank) for n, rank in enumerate(ranks)), allowance=1)
    assert found is not None
    assert {item.id for item in found.items} == set(range(len(ranks)))
    assert [item.rank for item in found.items] == sorted(ranks, reverse=True)
