"""When an alert clears: at a complete round after the opening one, when nothing that was heard last is bad."""

from alerts.evaluation import feed
from tests.alerts.evaluation.scene import Scene, play, readings, rule


def test_it_clears_when_every_source_heard_lately_has_reported_and_all_are_good() -> None:
    scene = Scene(rule())
    scene.say(0, "a=9 b=1")

    assert scene.say(1, "a=1") == []
    assert scene.say(1, "b=1") == ["1 cleared recovered"]


def test_a_round_that_is_half_reported_clears_nothing() -> None:
    assert play(rule(), "a=9 b=1 c=1", "a=1 b=1") == ["0 opened minor"]


def test_a_round_is_complete_once_a_newer_one_has_begun() -> None:
    scene = Scene(rule())
    scene.say(0, "a=9 b=1")
    scene.say(1, "a=1")

    assert scene.say(2, "a=1") == ["1 cleared recovered"]


def test_a_round_that_the_newer_one_completed_is_judged_before_the_newer_one_counts() -> None:
    scene = Scene(rule())
    scene.say(0, "a=9 b=1")
    scene.say(1, "a=1")

    assert scene.say(2, "b=9") == ["1 cleared recovered", "2 opened minor"]


def test_a_report_is_whole_only_with_every_metric_of_the_one_before() -> None:
    scene = Scene(rule("load > 5", "errors > 0", match="any"))
    scene.say(0, "a=9 a.errors=1")

    assert scene.say(1, "a=1") == []
    assert scene.say(1, "a.errors=0") == ["1 cleared recovered"]


def test_metrics_from_before_the_previous_report_are_not_waited_for() -> None:
    scene = Scene(rule("load > 5", "errors > 0", match="any"))
    scene.say(0, "a.errors=1 a=9")
    scene.say(1, "a=9")

    assert scene.say(2, "a=1") == ["2 cleared recovered"]


def test_the_opening_round_clears_nothing() -> None:
    scene = Scene(rule())

    assert scene.say(0, "a=9 a=1") == ["0 opened minor"]
    assert scene.say(1, "a=1") == ["1 cleared recovered"]


def test_a_bad_source_that_falls_silent_keeps_the_alert_open() -> None:
    good = ["b=1"] * 30

    assert play(rule(), "a=9 b=1", *good) == ["0 opened minor"]
    assert play(rule(), "a=9 b=1", *good, "a=1 b=1") == ["0 opened minor", "31 cleared recovered"]


def test_a_good_source_is_waited_for_ten_rounds() -> None:
    scene = Scene(rule(of=(1, 1)))
    scene.say(0, "a=1 b=1")
    scene.say(9, "a=9")

    assert scene.say(10, "a=1") == []
    assert scene.say(11, "a=1") == ["10 cleared recovered"]


def test_a_good_source_silent_for_more_than_ten_rounds_is_not_waited_for() -> None:
    scene = Scene(rule())
    scene.say(0, "a=1 b=1")
    scene.say(10, "a=9")

    assert scene.say(11, "a=1") == ["11 cleared recovered"]


def test_it_stays_open_while_the_rule_holds_with_a_minimum_of_one() -> None:
    spec = rule(minimum_sources=2)

    assert play(spec, "a=9 b=9", "a=9 b=1", "a=9 b=1", "a=1 b=1") == ["0 opened minor", "3 cleared recovered"]


def test_it_stays_open_until_the_bad_rounds_have_left_the_window() -> None:
    spec = rule(of=(2, 4))

    assert play(spec, "a=9", "a=9", "a=1", "a=1", "a=1") == ["1 opened minor", "4 cleared recovered"]


def test_with_the_same_sources_each_source_is_counted_by_itself() -> None:
    spec = rule(of=(2, 3), mode="exact")

    opened = ["1 opened minor"]
    assert play(spec, "a=9 b=1", "a=9 b=9", "a=1 b=9", "a=1 b=1", "a=1 b=1") == [*opened, "4 cleared recovered"]


def test_a_bad_report_from_before_the_window_of_the_opening_round_holds_nothing() -> None:
    spec = rule(minimum_sources=2)

    assert play(spec, "x=9", "a=9 b=9", "a=1 b=1 x=1") == ["1 opened minor", "2 cleared recovered"]
    assert play(spec, "x=9", "a=9 b=9", "a=1 b=1", "a=1 b=1") == ["1 opened minor", "2 cleared recovered"]


def test_a_bad_report_within_the_window_of_the_opening_round_holds_the_alert() -> None:
    spec = rule(of=(1, 2), minimum_sources=2)

    assert play(spec, "x=9 a=1 b=1", "a=9 b=9", "a=1 b=1", "a=1 b=1", "a=1 b=1") == ["1 opened minor"]


def test_in_a_window_of_more_than_ten_rounds_a_bad_silent_source_still_holds_what_opens_later() -> None:
    scene = Scene(rule(of=(1, 13), minimum_sources=2))
    scene.say(0, "x=9")
    scene.say(12, "a=9")
    assert scene.say(12, "b=9") == ["12 opened minor"]

    assert [scene.say(number, "a=1 b=1") for number in range(13, 40)] == [[]] * 27
    assert scene.state.is_open


def test_it_does_not_reopen_in_the_round_in_which_it_cleared() -> None:
    scene = Scene(rule())
    scene.say(0, "a=9")

    assert scene.say(1, "a=1 b=9 a=9") == ["1 cleared recovered"]
    assert scene.say(2, "b=9") == ["2 opened minor"]


def test_rounds_without_data_are_not_judged() -> None:
    assert play(rule(of=(1, 3)), "a=9", "", "", "", "", "a=1") == ["0 opened minor", "5 cleared recovered"]


def test_evidence_of_a_clear_is_how_the_sources_stood_at_the_end() -> None:
    scene = Scene(rule())
    scene.say(0, "a=9 b=2")

    (cleared,) = feed(scene.spec, scene.state, readings(1, "a=4 b=3"), 0.0)

    assert cleared.evidence == {"a": {"load": 4.0}, "b": {"load": 3.0}}
    assert (cleared.violating, cleared.heard, cleared.rank) == (0, 2, 2)
