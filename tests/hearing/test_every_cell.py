"""Every deed, at every surface, in every state of the alert, by whomever: what happens is what is declared."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.db.models import Max, Model
from pytest_django import Settings

from alerts.models import AlertEvent, Mute
from deliveries.hearing import later
from tests.conftest import Cast
from tests.hearing.declared import MUTED, SURFACES, Given, Never, Surface, Who, cells
from tests.hearing.scene import Inline, Scene
from tests.hearing.ways import Way, Ways

pytestmark = pytest.mark.django_db


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> Inline:
    workers = Inline()
    monkeypatch.setattr(later, "workers", workers)
    monkeypatch.setattr(later, "carriers", workers)
    return workers


@pytest.fixture
def ways(cast: Cast, inline: Inline, settings: Settings) -> Ways:
    settings.BELLHOP_BASE_URL = "https://bell.example"
    return Ways(Scene(cast), inline)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_what_happens_is_what_is_declared(surface: Surface, ways: Ways) -> None:
    played, differs = 0, []
    for deed, state, who, given in cells(surface):
        if isinstance(given, Never):
            continue
        with transaction.atomic():
            found = _played(ways.prepare(surface, deed, state, who), again=who is Who.REPLAYED)
            transaction.set_rollback(True)
        played += 1
        if found != given:
            differs.append(f"{deed} / {state} / {who}: {found}, declared {given}")

    assert played
    assert not differs, "\n".join(differs)


def _played(way: Way, again: bool) -> Given:
    """What one does gives; `again`: what it gives the second time."""
    if again:
        way()
    seen = _newest(AlertEvent), _newest(Mute)
    sort = way()
    news = [*_events_since(seen[0]), *_mutes_since(seen[1])]
    assert len(news) <= 1, news
    return Given(sort, *(news[0] if news else ()))


def _newest(model: type[Model]) -> int:
    return model._default_manager.aggregate(newest=Max("pk", default=0))["newest"]  # type: ignore[no-any-return]


def _events_since(newest: int) -> Iterator[tuple[str, str, str]]:
    yield from AlertEvent.objects.filter(pk__gt=newest).values_list("type", "actor_text", "via")


def _mutes_since(newest: int) -> Iterator[tuple[str, str, str]]:
    yield from ((MUTED, mute.by_text, "") for mute in Mute.objects.filter(pk__gt=newest))
