"""How the severity of an open alert rises at every arrival and falls at complete rounds."""

from tests.alerts.evaluation.scene import Scene, play, rule

LEVELS = ("load > 3 minor", "load > 6 major", "load > 9 critical")


def test_an_alert_opens_at_the_highest_severity_for_which_the_rule_holds() -> None:
    assert play(rule(*LEVELS), "a=7") == ["0 opened major"]
    assert play(rule(*LEVELS, minimum_sources=2), "a=10 b=7") == ["0 opened major"]
    assert play(rule(*LEVELS, of=(2, 2)), "a=10", "a=5") == ["1 opened minor"]


def test_a_violation_of_a_severity_counts_for_all_milder_ones() -> None:
    assert play(rule("load > 9 critical", "load < 3 minor", minimum_sources=2), "a=10 b=1") == ["0 opened minor"]


def test_severity_rises_at_the_arrival_that_makes_it_worse() -> None:
    scene = Scene(rule(*LEVELS))
    scene.say(0, "a=5 b=5")

    assert scene.say(1, "a=10") == ["1 severity critical"]


def test_severity_rises_only_with_the_minimum_of_the_rule() -> None:
    scene = Scene(rule(*LEVELS, minimum_sources=2))
    scene.say(0, "a=5 b=5 c=5")

    assert scene.say(1, "a=10") == []
    assert scene.say(1, "b=10") == ["1 severity critical"]


def test_severity_stays_while_one_source_holds_it() -> None:
    scene = Scene(rule(*LEVELS, minimum_sources=2))
    scene.say(0, "a=10 b=10")

    assert scene.say(1, "a=5 b=10") == []
    assert scene.say(2, "a=5 b=5") == ["2 severity minor"]


def test_severity_falls_only_at_a_complete_round() -> None:
    scene = Scene(rule(*LEVELS))
    scene.say(0, "a=10 b=5")

    assert scene.say(1, "a=5") == []
    assert scene.say(1, "b=7") == ["1 severity major"]


def test_severity_falls_for_a_round_that_a_newer_one_completed() -> None:
    scene = Scene(rule(*LEVELS))
    scene.say(0, "a=10 b=5")
    scene.say(1, "a=5")

    assert scene.say(2, "b=7") == ["1 severity minor", "2 severity major"]


def test_severity_does_not_fall_in_the_round_in_which_it_rose() -> None:
    scene = Scene(rule(*LEVELS))
    scene.say(0, "a=5")

    assert scene.say(1, "a=10 a=5") == ["1 severity critical"]
    assert scene.say(2, "a=5") == ["2 severity minor"]


def test_severity_is_unchanged_while_only_a_silent_source_holds_the_alert() -> None:
    assert play(rule(*LEVELS), "a=10 b=1", "b=1", "b=1") == ["0 opened critical"]


def test_severity_may_rise_again_after_it_fell() -> None:
    changes = play(rule(*LEVELS), "a=10", "a=5", "a=7", "a=1")

    assert changes == ["0 opened critical", "1 severity minor", "2 severity major", "3 cleared recovered"]


def test_severity_falls_when_its_rounds_have_left_the_window() -> None:
    changes = play(rule(*LEVELS, of=(2, 3)), "a=10", "a=10", "a=5", "a=5")

    assert changes == ["1 opened critical", "3 severity minor"]


def test_with_the_same_sources_severity_counts_by_source() -> None:
    changes = play(rule(*LEVELS, of=(2, 2), mode="exact"), "a=10 b=5", "a=5 b=10", "a=1 b=10")

    assert changes == ["1 opened minor", "2 severity critical"]
