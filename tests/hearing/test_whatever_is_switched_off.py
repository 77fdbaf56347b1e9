"""Whatever happens while rooms are switched off and on again: once all are on, every message in them is true."""

import pytest
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from pytest_django import Settings

from deliveries import flying, sender, timers
from integrations import services
from teams.access import Actor
from tests.conftest import NOW, Cast
from tests.hearing import test_whatever_happens as happenings
from tests.hearing.world import BASE, World

ROOMS = ("ops", "night")
NEEDING = frozenset(("button", "command"))  # which are heard through these rooms


class Switching(happenings.Rooms):
    """Rooms that are switched off hear nothing either; their surfaces are left alone meanwhile."""

    @rule(name=st.sampled_from(ROOMS), settled=st.booleans())
    def switch(self, name: str, settled: bool) -> None:
        """At once, or once all is told that was to be told there."""
        place = self.world.places[name]
        place.refresh_from_db()
        if settled:
            self.world.send()
        self._set(name, not place.enabled)

    @precondition(lambda self: self._off())
    @rule(value=st.sampled_from((1, 6, 9)))
    def measure_meanwhile(self, value: int) -> None:
        self.world.measure(value)

    @precondition(lambda self: self._off())
    @rule(deed=st.sampled_from(("acknowledge", "unacknowledge", "assign", "close")))
    def act_meanwhile(self, deed: str) -> None:
        self.act(("page", deed), owner=False, which=0)

    def act(self, way: tuple[str, str], owner: bool, which: int) -> None:
        if way[0] not in NEEDING or not self._off():
            super().act(way, owner, which)

    def _check(self) -> None:
        for name in ROOMS:
            self._set(name, True)
        super()._check()

    def _off(self) -> bool:
        for name in ROOMS:
            self.world.places[name].refresh_from_db()
        return not all(self.world.places[name].enabled for name in ROOMS)

    def _set(self, name: str, on: bool) -> None:
        actor = Actor.system(self.world.cast.team)
        services.update(actor, self.world.places[name], enabled=on, now=self.world.now)
        timers.sweep(self.world.now)  # nothing is committed here, which wakes lanes


@pytest.mark.django_db
def test_in_the_end_every_room_that_is_on_again_tells_the_truth(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.BELLHOP_BASE_URL = BASE
    world = Switching.world = World(cast, NOW)
    monkeypatch.setattr(timezone, "now", lambda: world.now)
    for module in (flying, sender):
        monkeypatch.setattr(module, "time", world)

    run_state_machine_as_test(Switching, settings=happenings.EXAMPLES)
