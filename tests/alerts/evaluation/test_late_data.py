"""Data that comes late: within the window it re-judges the newest round, older than that it changes nothing."""

from alerts.evaluation import Reading, State, feed
from tests.alerts.evaluation.scene import Scene, in_words, readings, rule


def test_a_late_value_within_the_window_opens_at_the_newest_round() -> None:
    scene = Scene(rule(of=(2, 3)))
    scene.say(1, "a=1")
    scene.say(2, "a=9")

    assert scene.say(0, "a=9") == ["2 opened minor"]


def test_a_late_value_older_than_the_window_is_passed_by() -> None:
    scene = Scene(rule(of=(2, 2)))
    scene.say(1, "a=1")
    scene.say(2, "a=9")
    before = scene.state.to_json()

    assert scene.say(0, "a=9") == []
    assert scene.state.to_json() == before


def test_a_late_value_clears_where_it_heals_the_window_and_the_newest_round_is_complete() -> None:
    scene = Scene(rule(of=(2, 3)))
    scene.say(0, "a=9")
    scene.say(1, "a=9")
    assert scene.say(2, "a=1") == []

    assert scene.say(1, "a=9 a=1") == ["2 cleared recovered"]


def test_a_late_value_clears_nothing_while_the_newest_round_is_incomplete() -> None:
    scene = Scene(rule(of=(2, 3)))
    scene.say(0, "a=9 b=1")
    scene.say(1, "a=9 b=1")
    scene.say(2, "a=1")

    assert scene.say(1, "b=1 a=1") == []
    assert scene.say(2, "b=1") == ["2 cleared recovered"]


def test_a_source_heard_late_is_waited_for_in_the_newest_round() -> None:
    scene = Scene(rule(of=(1, 2)))
    scene.say(0, "a=9 c=1")
    scene.say(1, "a=1 c=1")
    scene.say(2, "a=1")
    scene.say(1, "b=1")

    assert scene.say(2, "c=1") == []
    assert scene.say(2, "b=1") == ["2 cleared recovered"]


def test_a_late_report_between_two_others_is_the_previous_one_and_its_metrics_are_waited_for() -> None:
    scene = Scene(rule("load > 5", "errors > 0", match="any", of=(3, 3)))
    for number in range(3):
        scene.say(number, "a=9")
    scene.say(4, "a=9")
    scene.say(3, "a.errors=0")

    assert scene.say(4, "a=1") == []
    assert scene.say(4, "a.errors=0") == ["4 cleared recovered"]


def test_a_late_metric_of_the_previous_report_is_waited_for() -> None:
    scene = Scene(rule("load > 5", "errors > 0", match="any", of=(2, 2)))
    scene.say(0, "a=9")
    scene.say(1, "a=9")
    scene.say(2, "a=9")
    scene.say(1, "a.errors=0")

    assert scene.say(2, "a=1") == []
    assert scene.say(2, "a.errors=0") == ["2 cleared recovered"]


def test_late_data_from_before_the_previous_ten_rounds_is_not_counted_as_heard() -> None:
    scene = Scene(rule(of=(1, 13), minimum_percent=100))
    scene.say(12, "a=1")
    batch = readings(0, "b=1") + readings(12, "a=9")

    assert in_words(feed(scene.spec, scene.state, batch, 0.0)) == ["12 opened minor"]


def test_late_data_from_within_the_previous_ten_rounds_is_counted_as_heard() -> None:
    scene = Scene(rule(of=(1, 13), minimum_percent=100))
    scene.say(12, "a=1")
    batch = readings(2, "b=1") + readings(12, "a=9")

    assert feed(scene.spec, scene.state, batch, 0.0) == []


def test_a_late_good_report_of_a_bad_silent_source_releases_the_alert() -> None:
    scene = Scene(rule(of=(1, 2)))
    scene.say(0, "a=9 b=1")
    scene.say(1, "b=1")
    scene.say(2, "b=1")
    scene.say(3, "b=1")
    assert scene.state.is_open

    assert scene.say(2, "a=1") == []
    assert scene.say(4, "b=1") == ["3 cleared recovered"]


def test_past_events_are_not_rewritten() -> None:
    scene = Scene(rule(of=(1, 3)))
    assert scene.say(0, "a=9") == ["0 opened minor"]
    assert scene.say(1, "a=1") == []

    assert scene.say(0, "a=9 a=1") == ["1 cleared recovered"]


def test_the_later_observation_wins_though_it_came_first() -> None:
    state = State()
    spec = rule()
    feed(spec, state, [Reading("a", "load", 30.0, 1.0)], 0.0)

    assert feed(spec, state, [Reading("a", "load", 20.0, 9.0)], 0.0) == []
    assert state.values == {0: {"a": {"load": [30.0, 1.0]}}}


def test_of_two_observations_of_one_moment_the_later_arrival_wins() -> None:
    state = State()
    spec = rule()
    feed(spec, state, [Reading("a", "load", 20.0, 1.0)], 0.0)

    assert in_words(feed(spec, state, [Reading("a", "load", 20.0, 9.0)], 0.0)) == ["0 opened minor"]


def test_the_same_measurement_again_changes_nothing() -> None:
    state = State()
    spec = rule(of=(2, 3))
    batch = [Reading("a", "load", 60.0 * number, 9.0) for number in range(3)]
    assert in_words(feed(spec, state, batch, 0.0)) == ["1 opened minor"]
    before = state.to_json()

    assert feed(spec, state, batch, 0.0) == []
    assert state.to_json() == before
