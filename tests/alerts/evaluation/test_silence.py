"""What happens when data stops: kept, or after `no_data_minutes` the silent sources stop counting."""

from typing import Any

import pytest

from alerts.evaluation import next_check, still_violated
from tests.alerts.evaluation.scene import Scene, rule

TEN_MINUTES = 600.0


def clearing(**more: Any) -> Scene:
    return Scene(rule(when_data_stops="clear", **more))


def test_an_alert_clears_when_only_a_silent_source_held_it() -> None:
    scene = clearing()
    scene.say(0, "a=9", received_at=0.0)
    scene.say(1, "b=1", received_at=60.0)

    assert scene.wait_until(TEN_MINUTES - 1) == []
    assert scene.wait_until(TEN_MINUTES) == ["1 cleared no_data"]


def test_an_alert_clears_when_the_only_source_falls_silent_in_the_opening_round() -> None:
    scene = clearing()
    scene.say(0, "a=9", received_at=0.0)

    assert scene.wait_until(TEN_MINUTES) == ["0 cleared no_data"]


def test_a_source_that_is_bad_and_speaks_holds_the_alert() -> None:
    scene = clearing()
    scene.say(0, "a=9 b=9", received_at=0.0)
    scene.say(1, "b=9", received_at=60.0)

    assert scene.wait_until(TEN_MINUTES) == []
    assert scene.state.is_open
    assert scene.wait_until(TEN_MINUTES + 60) == ["1 cleared no_data"]


def test_a_source_that_stopped_counting_is_not_waited_for() -> None:
    scene = clearing()
    scene.say(0, "a=9 b=9", received_at=0.0)
    scene.say(1, "b=9", received_at=60.0)
    scene.wait_until(TEN_MINUTES)

    assert scene.say(2, "b=1", received_at=660.0) == ["2 cleared recovered"]


def test_violations_of_a_silent_source_leave_the_window_with_it() -> None:
    scene = clearing(of=(2, 5))
    scene.say(0, "a=9", received_at=0.0)
    scene.say(1, "a=9 b=1", received_at=0.0)
    scene.say(2, "b=1", received_at=300.0)

    assert scene.wait_until(TEN_MINUTES) == ["2 cleared no_data"]


def test_silence_counts_from_when_data_was_received_not_from_when_it_was_observed() -> None:
    scene = clearing()
    scene.say(0, "a=9", received_at=50_000.0)

    assert scene.wait_until(50_000.0 + TEN_MINUTES - 1) == []
    assert scene.wait_until(50_000.0 + TEN_MINUTES) == ["0 cleared no_data"]


def test_data_too_old_to_be_judged_is_still_a_sign_of_life() -> None:
    scene = clearing()
    scene.say(5, "a=9", received_at=0.0)
    scene.say(0, "a=1", received_at=300.0)

    assert scene.wait_until(TEN_MINUTES) == []


def test_the_last_good_sources_falling_silent_end_the_alert_too() -> None:
    scene = clearing()
    scene.say(0, "a=9 a=1", received_at=0.0)

    assert scene.state.is_open
    assert scene.wait_until(TEN_MINUTES) == ["0 cleared no_data"]


def test_looking_while_nobody_is_silent_clears_nothing() -> None:
    scene = clearing()
    scene.say(0, "a=9 b=1", received_at=0.0)
    scene.say(1, "a=1", received_at=60.0)

    assert scene.wait_until(120.0) == []
    assert scene.state.is_open


def test_silence_ends_a_hold_without_a_word() -> None:
    scene = clearing()
    scene.say(0, "a=9", received_at=0.0)
    scene.close(at=10.0)

    assert scene.wait_until(TEN_MINUTES) == []
    assert not scene.state.is_held
    assert scene.say(1, "a=9", received_at=700.0) == ["1 opened minor"]


def test_it_does_not_reopen_in_the_round_in_which_silence_cleared_it() -> None:
    scene = clearing()
    scene.say(0, "a=9", received_at=0.0)
    scene.wait_until(TEN_MINUTES)

    assert scene.say(0, "a=9", received_at=700.0) == []
    assert scene.say(1, "a=9", received_at=760.0) == ["1 opened minor"]


@pytest.mark.parametrize("when_data_stops", ["keep", "alert"])
def test_otherwise_silence_clears_nothing(when_data_stops: str) -> None:
    scene = Scene(rule(when_data_stops=when_data_stops))
    scene.say(0, "a=9", received_at=0.0)

    assert scene.wait_until(1e9) == []
    assert still_violated(scene.spec, scene.state)


def test_the_next_check_is_when_the_first_source_of_an_open_alert_would_be_silent() -> None:
    scene = clearing()
    assert next_check(scene.spec, scene.state) is None
    scene.say(0, "a=1", received_at=0.0)
    assert next_check(scene.spec, scene.state) is None

    scene.say(1, "a=9 b=9", received_at=60.0)
    scene.say(2, "b=9", received_at=120.0)

    assert next_check(scene.spec, scene.state) == 660.0


def test_the_next_check_of_a_rule_that_alerts_counts_from_the_last_of_all_data() -> None:
    scene = Scene(rule(when_data_stops="alert", no_data_minutes=2))
    scene.say(0, "a=1", received_at=0.0)
    scene.say(1, "b=1", received_at=60.0)

    assert next_check(scene.spec, scene.state) == 180.0


def test_the_next_check_of_an_absence_counts_from_the_last_value_of_that_metric() -> None:
    scene = Scene(rule("load > 5", "heartbeat absent"))
    scene.say(0, "a.heartbeat=1", received_at=30.0)
    scene.say(1, "a=1", received_at=90.0)

    assert next_check(scene.spec, scene.state) == 630.0
    assert scene.state.received == {"heartbeat": 30.0, "load": 90.0}


def test_a_rule_that_keeps_never_asks_for_a_check() -> None:
    scene = Scene(rule())
    scene.say(0, "a=9", received_at=0.0)

    assert next_check(scene.spec, scene.state) is None
