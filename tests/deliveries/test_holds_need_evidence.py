"""A destination is put on hold by evidence over time only, a single message tries it, and a success ends it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import Delivered, Outcome, Reason, Rejected, RetryLater
from deliveries import timers
from deliveries.models import AttemptOutcome, Lane, Outage
from deliveries.streaks import CLEAN, Streak
from deliveries.verdicts import judge
from integrations import services
from integrations.models import Health, Integration
from teams.access import Actor
from tests.alerts.factories import make_test
from tests.conftest import NOW, Cast
from tests.deliveries.stage import rule_for, send_all, slack, states, trigger
from tests.servers.http import Answer, Receiver

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
GONE = Rejected(Reason.DESTINATION_GONE, "no_service")
DOWN = RetryLater(Reason.NETWORK, "no answer")
LIMITED = RetryLater(Reason.RATE_LIMITED, after=1.0)
SICK = Rejected(Reason.CONTENT_REFUSED, "invalid_payload")

answers = st.lists(
    st.tuples(st.sampled_from((Delivered(), GONE, DOWN, LIMITED, SICK)), st.floats(0, 120), st.integers(1, 3))
)


@given(answers)
def test_whatever_happens_only_evidence_over_time_puts_a_lane_on_hold(story: list[tuple[Outcome, float, int]]) -> None:
    streak, now, since_good = CLEAN, NOW, list[tuple[Outcome, datetime]]()
    for outcome, seconds, carried in story:
        now += seconds * SECOND
        verdict = judge(outcome, streak, now, 1.0, carried)
        since_good.append((outcome, now))
        if verdict.streak.on_hold and not streak.on_hold:
            refusals = []
            for each, at in reversed(since_good):
                if each is not GONE:
                    break
                refusals.append(at)
            faults = [at for each, at in since_good if each in (GONE, DOWN)]
            refused = len(refusals) >= 3 and now - refusals[-1] >= MINUTE
            assert refused or (len(since_good) >= 3 and now - faults[0] >= 5 * MINUTE)
        if streak.on_hold and outcome is GONE:
            assert verdict.outcome is AttemptOutcome.RETRY_LATER
        if verdict.streak == CLEAN:
            since_good.clear()
        streak = verdict.streak


@given(st.floats(0, 1))
def test_after_a_refusal_the_lane_rests_for_20_to_30_seconds(jitter: float) -> None:
    pause = judge(GONE, CLEAN, NOW, jitter).pause

    assert pause is not None
    assert 20 * SECOND <= pause <= 30 * SECOND


def test_a_refused_digest_costs_none_of_its_alerts() -> None:
    verdict = judge(GONE, CLEAN, NOW, 1.0, carried=30)

    assert (verdict.outcome, verdict.streak.refusals) == (AttemptOutcome.RETRY_LATER, 1)


def test_probes_have_growing_gaps_of_15_minutes_at_most() -> None:
    streak, gaps = Streak(3, NOW, 3, NOW, on_hold=True), list[timedelta | None]()
    for n in range(12):
        verdict = judge(GONE, streak, NOW + n * MINUTE, 1.0)
        streak, gaps = verdict.streak, [*gaps, verdict.pause]

    assert gaps == sorted(gaps, key=lambda each: each or timedelta())
    assert gaps[-1] == 15 * MINUTE


def alarm(place: Integration, now: datetime, n: int) -> None:
    trigger(rule_for(place.team, place, test=make_test(place.team, f"t{n}"), name=f"r{n}"), now)


def hold(place: Integration, receiver: Receiver, now: datetime, answer: Answer | None = None) -> datetime:
    """Have `place` refuse three alerts within two minutes; when the last was."""
    receiver.default = answer or Answer(404, b"no_service")
    for n in range(3):
        alarm(place, now + n * MINUTE, n)
        send_all(now + n * MINUTE)
    return now + 2 * MINUTE


@pytest.mark.django_db(transaction=True)
def test_one_glitch_costs_one_message_and_changes_nothing_lasting(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place = slack(cast.team, receiver)
    receiver.script(Answer(404, b"no_service"))
    for n in range(2):
        alarm(place, now, n)
    send_all(now)
    assert [state for _, state, _ in states()] == ["rejected", "pending"]
    assert Lane.objects.get().due_at == now + 30 * SECOND

    send_all(now + 30 * SECOND)

    assert [state for _, state, _ in states()] == ["rejected", "delivered"]
    assert Lane.objects.values_list("failures", "refusals", "failing_since", "on_hold").get() == (0, 0, None, False)
    assert not Outage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_single_message_tries_and_then_everything_goes(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place = slack(cast.team, receiver)
    held = hold(place, receiver, now)
    for n in range(3, 8):
        alarm(place, held, n)
    before = len(receiver.received)
    send_all(held + 30 * MINUTE)
    assert len(receiver.received) == before + 1

    receiver.default = Answer()
    for n in range(6):
        send_all(held + 60 * MINUTE + n * SECOND)

    assert [state for _, state, _ in states()] == ["rejected"] * 3 + ["delivered"] * 5
    assert Outage.objects.get().ended_at is not None


@pytest.mark.django_db(transaction=True)
def test_an_edit_has_it_tried_at_once_and_nothing_is_lost_if_it_still_refuses(cast: Cast, receiver: Receiver) -> None:
    now = datetime.now().astimezone() - 10 * MINUTE
    place = slack(cast.team, receiver)
    held = hold(place, receiver, now)
    alarm(place, held, 3)

    services.update(Actor.system(cast.team), place, name="edited", now=now)
    later = datetime.now().astimezone() + SECOND
    timers.sweep(later)
    send_all(later)

    assert [state for _, state, _ in states()] == ["rejected"] * 3 + ["pending"]
    assert Lane.objects.get().on_hold


@pytest.mark.django_db(transaction=True)
def test_a_good_test_ends_it(cast: Cast, receiver: Receiver) -> None:
    now = datetime.now().astimezone() - 10 * MINUTE
    place = slack(cast.team, receiver)
    hold(place, receiver, now)
    receiver.default = Answer()

    assert services.test_saved(Actor.system(cast.team), place, now + 5 * MINUTE).ok
    timers.sweep(now + 5 * MINUTE)

    assert not Lane.objects.get().on_hold
    assert Outage.objects.get().ended_at == now + 5 * MINUTE
    assert Health.objects.get().parked_at is None
