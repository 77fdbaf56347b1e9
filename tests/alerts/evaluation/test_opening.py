"""When an alert opens: X of Y rounds, any or the same sources, the minimum of sources, at every arrival."""

from alerts.evaluation import MAX_SOURCES, State, feed
from tests.alerts.evaluation.scene import Scene, play, readings, rule


def test_it_opens_at_the_arrival_that_fulfils_the_rule_not_at_the_end_of_the_round() -> None:
    scene = Scene(rule(minimum_sources=2))

    assert scene.say(0, "a=9 b=1") == []
    assert scene.say(0, "c=9") == ["0 opened minor"]
    assert scene.say(0, "d=9") == []


def test_the_window_counts_rounds_by_the_clock_not_by_data() -> None:
    spec = rule(of=(2, 3))

    assert play(spec, "a=9", "", "a=9") == ["2 opened minor"]
    assert play(spec, "a=9", "", "", "a=9") == []


def test_a_good_round_within_the_window_does_not_matter() -> None:
    assert play(rule(of=(2, 3)), "a=9", "a=1", "a=9") == ["2 opened minor"]


def test_with_any_sources_each_round_may_have_another_source() -> None:
    assert play(rule(of=(2, 2)), "a=9 b=1", "a=1 b=9") == ["1 opened minor"]


def test_with_the_same_sources_one_source_must_violate_in_enough_rounds() -> None:
    spec = rule(of=(2, 3), mode="exact")

    assert play(spec, "a=9 b=1", "a=1 b=9") == []
    assert play(spec, "a=9 b=1", "a=1 b=9", "a=9") == ["2 opened minor"]


def test_with_any_sources_every_counted_round_needs_the_minimum() -> None:
    spec = rule(of=(2, 3), minimum_sources=2)

    assert play(spec, "a=9 b=9", "a=9 b=1", "a=9 b=1") == []
    assert play(spec, "a=9 b=9 c=1", "a=9 b=1 c=1", "a=1 b=9 c=9") == ["2 opened minor"]


def test_with_the_same_sources_the_minimum_counts_sources_not_rounds() -> None:
    spec = rule(of=(2, 3), mode="exact", minimum_sources=2)

    assert play(spec, "a=9 b=1", "a=9 b=9", "a=9 b=1") == []
    assert play(spec, "a=9 b=1", "a=1 b=9", "a=9 b=9") == ["2 opened minor"]


def test_a_percentage_is_rounded_up() -> None:
    spec = rule(minimum_percent=50)

    assert play(spec, "a=1 b=1 c=1", "a=9") == []
    assert play(spec, "a=1 b=1 c=1", "a=9 b=9") == ["1 opened minor"]


def test_a_percentage_is_never_less_than_one_source() -> None:
    assert play(rule(minimum_percent=1), "a=9") == ["0 opened minor"]


def test_a_percentage_counts_the_sources_of_this_and_the_previous_ten_rounds() -> None:
    spec = rule(minimum_percent=100)

    assert play(spec, "a=1 b=1", *[""] * 9, "a=9") == []
    assert play(spec, "a=1 b=1", *[""] * 10, "a=9") == ["11 opened minor"]


def test_the_percentage_of_the_judged_round_holds_for_all_rounds_of_its_window() -> None:
    spec = rule(of=(2, 2), minimum_percent=50)

    assert play(spec, "a=1 b=1 c=9", "a=1 b=9 c=9") == []
    assert play(spec, "a=1 b=9", "a=1 b=9") == ["1 opened minor"]


def test_a_corrected_value_counts_and_the_wrong_one_no_longer() -> None:
    spec = rule(of=(2, 2))

    assert play(spec, "a=9 a=1", "a=9") == []
    assert play(spec, "a=1 a=9", "a=9") == ["1 opened minor"]


def test_an_alert_that_is_open_does_not_open_again() -> None:
    assert play(rule(), "a=9", "a=9 b=9", "b=9") == ["0 opened minor"]


def test_evidence_names_each_violating_source_with_its_newest_violating_values() -> None:
    spec = rule("load > 5", "errors > 0", match="any", of=(2, 2))
    state = State()
    batch = readings(0, "a=8 b=7 c=1") + readings(1, "a=9 a.errors=0 b=1")

    (opened,) = feed(spec, state, batch, 0.0)

    assert opened.evidence == {"a": {"load": 9.0}, "b": {"load": 7.0}}
    assert (opened.violating, opened.heard) == (2, 3)


def test_evidence_keeps_to_the_worst_sources_and_counts_the_rest() -> None:
    spec = rule("load > 5 minor", "load > 8 critical", minimum_sources=56)
    batch = readings(0, " ".join(f"s{number}=6" for number in range(10, 65)) + " z=9")

    (opened,) = feed(spec, State(), batch, 0.0)

    assert list(opened.evidence) == ["z", *(f"s{number}" for number in range(10, 9 + MAX_SOURCES))]
    assert opened.violating == 56
