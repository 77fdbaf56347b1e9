"""SQLite has one writer at a time: the others wait for their turn, and nobody waits for one who waits."""

import threading
import time
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from teams.models import Team
from tests.conftest import Cast
from tests.patience import PATIENT

pytestmark = pytest.mark.django_db(transaction=True)
RENAME = "UPDATE teams_team SET name = %s WHERE id = %s"


@pytest.fixture(autouse=True)
def on_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has many writers at a time")


class Second:
    """Another thread, which keeps a cursor half read and then renames a team, waiting as long as it must."""

    def __init__(self, team: Team, patience: float) -> None:
        self.cursors: list[Any] = []
        self.ready, self.outcome = threading.Event(), ""
        self._team, self._patience = team, patience
        self._thread = threading.Thread(target=self._work)

    def begin(self) -> "Second":
        self._thread.start()
        assert self.ready.wait(PATIENT)
        time.sleep(0.1)  # it waits by now
        return self

    def end(self) -> str:
        self._thread.join(2 * PATIENT)
        return self.outcome

    def _work(self) -> None:
        half_read = connection.cursor()
        half_read.execute("SELECT 1 UNION SELECT 2")
        self.cursors.append(half_read.cursor)
        del half_read
        cursor = connection.cursor()
        cursor.cursor.patience = self._patience
        self.ready.set()
        try:
            cursor.execute(RENAME, ["second", self._team.pk])
            self.outcome = "written"
        except OperationalError as failure:
            self.outcome = str(failure)
        finally:
            connection.close()


def write(team: Team) -> None:
    Team.objects.filter(pk=team.pk).update(name="first")


def test_who_waits_long_enough_writes_next(cast: Cast) -> None:
    with transaction.atomic():
        write(cast.team)
        second = Second(cast.team, PATIENT).begin()

    assert second.end() == "written"
    assert Team.objects.get(pk=cast.team.pk).name == "second"


def test_who_has_waited_long_enough_is_told_that_the_database_is_locked(cast: Cast) -> None:
    with transaction.atomic():
        write(cast.team)
        assert Second(cast.team, 0.05).begin().end() == "database is locked"


def test_the_writer_may_throw_away_cursors_of_one_who_waits(cast: Cast) -> None:
    """Which the collection of garbage does; it takes the connection's own lock for a moment."""
    with transaction.atomic():
        write(cast.team)
        second = Second(cast.team, PATIENT).begin()
        second.cursors.clear()
        assert second.outcome == "", "it was stood still for as long as the other one waited"

    assert second.end() == "written"
