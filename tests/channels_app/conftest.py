"""What the tests of kinds and doors share: a receiver, a policy that allows this machine, a message of every sort."""

from collections.abc import Iterator

import pytest

from channels_app.doors.guard import Policy, networks
from channels_app.doors.http import HttpDoor
from tests.servers.http import Receiver

LOOPBACK = networks(["127.0.0.0/8"])


@pytest.fixture
def policy() -> Policy:
    return Policy(LOOPBACK, total_seconds=2.0, connect_seconds=1.0)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def door(policy: Policy) -> Iterator[HttpDoor]:
    opened = HttpDoor(policy)
    yield opened
    opened.close()
