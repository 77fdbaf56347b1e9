"""Promise 1: twenty kills at random moments lose nothing, while some rooms fail and others say that it is too much."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.promises.conftest import ENGINES, POSTGRES
from tests.promises.mortals import mortal
from tests.promises.storm import SEED, SQUALL, markdown, rage
from tests.servers.databases import postgres_database

pytestmark = pytest.mark.promise


@pytest.mark.parametrize("engine", ENGINES)
def test_twenty_kills_at_random_moments_lose_nothing(tmp_path: Path, engine: str) -> None:
    with ExitStack() as stack:
        env = {"DATABASE_URL": stack.enter_context(postgres_database(POSTGRES))} if engine == "postgresql" else {}
        outcome = rage(stack.enter_context(mortal(tmp_path / "data", **env)), SQUALL, SEED)

    assert not outcome.lost
    assert (outcome.kills, outcome.alerts) == (SQUALL.kills, SQUALL.alerts)
    assert set(outcome.states) <= {"delivered", "superseded"}
    assert outcome.states.total() == 2 * SQUALL.alerts
    assert not outcome.twice["unexplained"], f"seed {SEED}\n{markdown([(engine, outcome)])}"
