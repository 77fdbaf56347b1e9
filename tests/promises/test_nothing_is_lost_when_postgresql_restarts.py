"""Promise 1: PostgreSQL may be cut off in mid-batch. Callers are asked to come again; nobody hears anything twice."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.promises.rooms import Rooms
from tests.servers.cluster import Cluster, missing, running_cluster
from tests.servers.house import House, wait_for
from tests.servers.http import Answer, Receiver

pytestmark = [pytest.mark.promise, pytest.mark.skipif(bool(missing()), reason=missing())]

NAMES = [f"room{n}" for n in range(40)]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


def test_a_restart_in_the_middle_of_a_batch_loses_nothing(tmp_path: Path, cluster: Cluster) -> None:
    with Receiver(Answer(seconds=0.3)) as receiver, House(tmp_path / "data", DATABASE_URL=cluster.url) as house:
        rooms = Rooms(house, receiver, NAMES)
        rooms.measure(9)
        receiver.wait_for(5)
        cluster.stop()
        point = {"test": rooms.slugs[0], "metric": "load", "source": "a", "observed_at": rooms.next_round(), "value": 1}
        body = {"notify": "always", "measurements": [point]}
        began = time.monotonic()
        refused = house.call("POST", "/measurements/", body, key=rooms.key)
        waited = time.monotonic() - began
        cluster.start()
        accepted = wait_for(lambda: house.call("POST", "/measurements/", body, key=rooms.key).status_code == 202)

        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5"), refused.text
        assert refused.json()["detail"] == "The database does not answer in time. Try again."
        assert waited < 20
        assert accepted
        assert {row["state"] for row in rooms.settled()} == {"delivered"}
        told = Counter((room, *each) for room, all_told in rooms.told().items() for each in all_told)
        assert told == {(name, 1, word): 1 for name in NAMES for word in ("CRITICAL", "CLEARED")}
