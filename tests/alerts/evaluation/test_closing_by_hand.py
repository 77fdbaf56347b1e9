"""An alert closed by hand while violated stays closed until a good round came between, or its time to reopen."""

from typing import Any

from alerts.evaluation import still_violated
from tests.alerts.evaluation.scene import Scene, rule


def closed_while_bad(**more: Any) -> Scene:
    scene = Scene(rule(**more))
    scene.say(0, "a=9 b=1")
    scene.close(at=1000.0)
    return scene


def test_it_stays_closed_while_it_is_still_violated() -> None:
    scene = closed_while_bad()

    assert scene.say(1, "a=9 b=9", received_at=1060.0) == []
    assert (scene.state.is_open, scene.state.is_held) == (False, True)
    assert still_violated(scene.spec, scene.state)


def test_it_opens_anew_after_a_good_round() -> None:
    scene = closed_while_bad()

    assert scene.say(1, "a=1 b=1", received_at=1060.0) == []
    assert not scene.state.is_held
    assert scene.say(2, "a=9", received_at=1120.0) == ["2 opened minor"]


def test_a_half_reported_good_round_releases_nothing() -> None:
    scene = closed_while_bad()

    scene.say(1, "a=1", received_at=1060.0)
    assert scene.state.is_held


def test_it_does_not_open_in_the_good_round_itself() -> None:
    scene = closed_while_bad()

    assert scene.say(1, "a=1 b=1 a=9", received_at=1060.0) == []
    assert scene.say(2, "a=9", received_at=1120.0) == ["2 opened minor"]


def test_it_opens_anew_once_the_time_to_reopen_has_passed() -> None:
    scene = closed_while_bad(reopen_after=300.0)

    assert scene.say(1, "a=9", received_at=1299.0) == []
    assert scene.say(2, "a=9", received_at=1300.0) == ["2 opened minor"]


def test_it_can_open_anew_within_the_round_in_which_it_was_closed() -> None:
    scene = closed_while_bad(reopen_after=300.0)

    assert scene.say(0, "a=9", received_at=1300.0) == ["0 opened minor"]


def test_a_silent_bad_source_counts_as_still_violated() -> None:
    scene = Scene(rule(minimum_sources=2))
    scene.say(0, "a=9 b=9")
    scene.say(1, "b=1")
    scene.close(at=1000.0)

    assert scene.state.is_held
    assert scene.say(2, "a=9 b=9", received_at=1060.0) == []


def test_closed_when_no_longer_violated_it_is_simply_closed() -> None:
    scene = Scene(rule())
    scene.say(0, "a=9 b=1")
    scene.say(1, "a=1")
    scene.close(at=1000.0)

    assert not scene.state.is_held
    assert not still_violated(scene.spec, scene.state)
    assert scene.say(1, "b=9", received_at=1001.0) == ["1 opened minor"]


def test_severity_does_not_change_while_it_is_held_closed() -> None:
    scene = Scene(rule("load > 5 minor", "load > 8 major"))
    scene.say(0, "a=9")
    scene.close()

    assert scene.say(1, "a=6") == []
    assert scene.say(2, "a=9") == []


def test_closing_again_does_not_prolong_the_hold() -> None:
    scene = closed_while_bad(reopen_after=300.0)
    scene.close(at=1200.0)

    assert scene.say(1, "a=9", received_at=1300.0) == ["1 opened minor"]


def test_closing_what_is_not_open_does_nothing() -> None:
    scene = Scene(rule())
    scene.say(0, "a=1")
    before = scene.state.to_json()

    scene.close()

    assert scene.state.to_json() == before
