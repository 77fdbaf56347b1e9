"""Promise 2: in one lane a clear never overtakes its trigger; among what waits, the more severe goes first."""

from collections.abc import Iterator

import pytest

from tests.promises.rooms import Rooms, kill, sender_of
from tests.servers.house import House
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.promise

NAMES = [f"room{n}" for n in range(8)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def test_a_clear_never_overtakes_its_trigger_though_the_sender_dies_and_the_remote_fails(
    house: House, receiver: Receiver
) -> None:
    rooms = Rooms(house, receiver, NAMES)
    receiver.script(*[Answer(500, b"rollup_error"), Answer(manner="reset"), Answer()] * 3)

    rooms.measure(9)
    rooms.measure(1)
    receiver.wait_for(6)
    kill(sender_of(house))
    rooms.measure(9)
    rooms.measure(1)

    ended = rooms.settled()
    assert {row["state"] for row in ended} <= {"delivered", "superseded"}
    for name in NAMES:
        told = rooms.told()[name]
        for alert in (1, 2):
            words = [word for number, word in told if number == alert]
            assert words[-1] == "CLEARED"
            if "CRITICAL" in words:
                assert words.index("CRITICAL") < words.index("CLEARED")
                assert "CRITICAL" not in words[words.index("CLEARED") :]


def test_among_what_waits_the_more_severe_goes_first(house: House, receiver: Receiver) -> None:
    severities = ["minor", "info", "major", "critical", "minor"]
    rooms = Rooms(house, receiver, ["room0"], tests=5, severities=severities)

    rooms.measure(9)

    rooms.settled()
    assert [word for _, word in rooms.told()["room0"]] == ["CRITICAL", "MAJOR", "MINOR", "MINOR", "INFO"]
