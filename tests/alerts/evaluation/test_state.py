"""The state as JSON: it round-trips exactly, and what was written does not change under a later batch."""

import json

from alerts.evaluation import State, feed
from tests.alerts.evaluation.scene import Scene, readings, rule


def lived_through() -> Scene:
    scene = Scene(rule("load > 5", "errors > 0", match="any", of=(2, 3)))
    scene.say(0, "a=9 b=1 a.errors=0", received_at=1.25)
    scene.say(1, "b=9", received_at=2.5)
    scene.say(2, "c=0.1", received_at=3.0)
    scene.close(at=4.125)
    return scene


def test_nothing_is_the_empty_state() -> None:
    assert State.from_json({}) == State()
    assert State.from_json(State().to_json()) == State()


def test_a_state_comes_back_from_json_as_it_was() -> None:
    state = lived_through().state

    assert State.from_json(json.loads(json.dumps(state.to_json(), allow_nan=False))) == state


def test_what_was_written_does_not_change_under_a_later_batch() -> None:
    scene = lived_through()
    written = scene.state.to_json()
    text = json.dumps(written)

    feed(scene.spec, scene.state, readings(2, "a.errors=1 b=1 c=9"), 9.0)
    assert json.dumps(written) == text

    feed(scene.spec, State.from_json(written), readings(3, "a.errors=1 b=1 c=9"), 9.0)
    assert json.dumps(written) == text
