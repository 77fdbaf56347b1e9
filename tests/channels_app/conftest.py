"""What the tests of kinds and doors share: a receiver, a policy that allows this machine, a message of every sort."""

from collections.abc import Iterator

import pytest

from channels_app.doors import Doors
from channels_app.doors.guard import Policy, networks
from channels_app.doors.http import HttpDoor
from tests.patience import PATIENT
from tests.servers.http import Receiver

LOOPBACK = networks(["127.0.0.0/8"])


@pytest.fixture
def policy() -> Policy:
    return Policy(LOOPBACK, total_seconds=PATIENT, connect_seconds=PATIENT)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def door(policy: Policy) -> Iterator[HttpDoor]:
    opened = HttpDoor(policy)
    yield opened
    opened.close()


@pytest.fixture
def doors(policy: Policy) -> Iterator[Doors]:
    opened = Doors(policy)
    yield opened
    opened.close()
