"""A created, edited or re-attached rule: its state is made from the stored rounds, and the newest one is judged."""

from alerts.evaluation import Reading, feed, rebuild
from tests.alerts.evaluation.scene import in_words, readings, rule


def stored(*rounds: str) -> list[Reading]:
    return [reading for number, text in enumerate(rounds) for reading in readings(number, text)]


def test_a_new_rule_opens_at_the_newest_round_if_it_holds_there() -> None:
    state, changes = rebuild(rule(of=(2, 3)), stored("a=9", "a=9", "a=9"), 0.0)

    assert in_words(changes) == ["2 opened minor"]
    assert state.is_open


def test_past_episodes_are_not_made_up() -> None:
    state, changes = rebuild(rule(), stored("a=9", "a=1", "a=9", "a=1"), 0.0)

    assert changes == []
    assert not state.is_open


def test_an_edit_clears_an_alert_that_the_rule_no_longer_means_even_in_its_opening_round() -> None:
    state, changes = rebuild(rule("load > 20"), stored("a=1", "a=9"), 0.0, open_since_round=1, open_rank=2)

    assert in_words(changes) == ["1 cleared rule_changed"]
    assert not state.is_open


def test_an_edit_clears_in_an_incomplete_round() -> None:
    _, changes = rebuild(rule("load > 20"), stored("a=9 b=1", "a=9"), 0.0, open_since_round=0, open_rank=2)

    assert in_words(changes) == ["1 cleared rule_changed"]


def test_an_edit_keeps_an_alert_open_that_the_rule_still_means() -> None:
    state, changes = rebuild(rule("load > 7"), stored("a=9", "a=8"), 0.0, open_since_round=0, open_rank=2)

    assert changes == []
    assert state.episode is not None
    assert (state.episode.opened, state.episode.rank) == (0, 2)


def test_an_edit_keeps_an_alert_open_that_a_silent_bad_source_holds() -> None:
    state, changes = rebuild(rule(), stored("a=9 b=1", "b=1", "b=1"), 0.0, open_since_round=0, open_rank=2)

    assert changes == []
    assert state.is_open


def test_an_edit_changes_the_severity_up_and_down_at_once() -> None:
    rounds = stored("a=9", "a=9")

    _, up = rebuild(rule("load > 5 critical"), rounds, 0.0, open_since_round=1, open_rank=2)
    _, down = rebuild(rule("load > 5 info"), rounds, 0.0, open_since_round=1, open_rank=2)

    assert in_words(up) == ["1 severity critical"]
    assert in_words(down) == ["1 severity info"]


def test_after_an_edit_cleared_it_the_alert_does_not_reopen_in_that_round() -> None:
    spec = rule("load > 20")
    state, _ = rebuild(spec, stored("a=9", "a=1"), 0.0, open_since_round=0, open_rank=2)

    assert feed(spec, state, readings(1, "b=30"), 0.0) == []
    assert in_words(feed(spec, state, readings(2, "b=30"), 0.0)) == ["2 opened minor"]


def test_a_hold_is_kept_while_the_edited_rule_is_still_violated() -> None:
    state, changes = rebuild(rule(), stored("a=9"), 50.0, open_since_round=0, open_rank=2, held_since=10.0)

    assert changes == []
    assert state.is_held


def test_a_hold_ends_when_the_edited_rule_is_not_violated() -> None:
    state, changes = rebuild(rule("load > 20"), stored("a=9"), 50.0, open_since_round=0, open_rank=2, held_since=10.0)

    assert changes == []
    assert not state.is_held


def test_a_hold_that_ran_out_opens_anew() -> None:
    spec = rule(reopen_after=300.0)

    _, changes = rebuild(spec, stored("a=9"), 400.0, open_since_round=0, open_rank=2, held_since=10.0)

    assert in_words(changes) == ["0 opened minor"]


def test_without_stored_readings_nothing_is_judged() -> None:
    state, changes = rebuild(rule(), [], 0.0, open_since_round=3, open_rank=2)

    assert changes == []
    assert state.is_open


def test_a_rebuilt_state_goes_on_like_one_that_was_fed() -> None:
    spec = rule("load > 5", "errors > 0", match="any", of=(2, 3), mode="exact")
    rounds = stored("a=1 a.errors=0 b=1", "b=9", "a=1 b=9 c=1")

    rebuilt, _ = rebuild(spec, rounds, 0.0)

    assert in_words(feed(spec, rebuilt, readings(3, "a=1 b=1 c=1"), 0.0)) == []
    assert in_words(feed(spec, rebuilt, readings(4, "a=1 b=1 c=1"), 0.0)) == ["4 cleared recovered"]
