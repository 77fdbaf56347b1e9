"""A local receiver that the operator's policy allows, and others of the cast as actors."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from teams.access import Actor, actor_for
from tests.conftest import Cast
from tests.patience import PATIENT
from tests.servers.http import Receiver


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.BELLHOP_CALL_SECONDS = PATIENT
    with Receiver() as running:
        yield running


@pytest.fixture
def viewer(cast: Cast) -> Actor:
    actor = actor_for(cast.viewer, cast.team)
    assert actor is not None
    return actor


@pytest.fixture
def outsider(cast: Cast) -> Actor:
    actor = actor_for(cast.outsider, cast.other_team)
    assert actor is not None
    return actor
