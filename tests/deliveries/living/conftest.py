from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pytest_django import Settings

from channels_app import registry
from channels_app.contract import Rate
from integrations.models import Integration
from integrations.models.telling import usually_told
from tests.conftest import Cast
from tests.deliveries.living.board import KIND, NAME, Board
from tests.integrations.factories import make_integration

MakePlace = Callable[..., Integration]


@pytest.fixture
def board(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    """A running board, whose kind this installation has."""
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setitem(registry._BY_NAME, NAME, KIND)
    with Board() as running:
        yield running


@pytest.fixture
def slow_board(board: Board, monkeypatch: pytest.MonkeyPatch) -> Board:
    """The same, which takes one call a second."""
    slow = replace(KIND, spec=replace(KIND.spec, rate=Rate(1, 1.0)))
    monkeypatch.setitem(registry._BY_NAME, NAME, slow)
    return board


@pytest.fixture
def make_place(cast: Cast, board: Board) -> MakePlace:
    """Makes an integration of the board, told of what new ones are told of; the path says what it cannot do."""

    def make(name: str = "wall", path: str = "", events: list[str] | None = None) -> Integration:
        place = make_integration(cast.team, NAME, name, config={"server": f"{board.url}/{name}{path}"})
        Integration.objects.filter(pk=place.pk).update(events=usually_told() if events is None else events)
        place.refresh_from_db()
        return place

    return make


@pytest.fixture
def place(make_place: MakePlace) -> Integration:
    return make_place()
