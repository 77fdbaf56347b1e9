"""Real installations, on SQLite and, where BELLHOP_TEST_POSTGRES names a server, on PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.databases import postgres_database
from tests.servers.house import House

POSTGRES = os.environ.get("BELLHOP_TEST_POSTGRES", "")
ENGINES = ["sqlite", "postgresql"] if POSTGRES else ["sqlite"]


@pytest.fixture(scope="module", params=ENGINES)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One running Bellhop for all tests of a module, each engine in turn."""
    with ExitStack() as stack:
        env = {}
        if request.param == "postgresql":
            env["DATABASE_URL"] = stack.enter_context(postgres_database(POSTGRES))
        data_dir: Path = tmp_path_factory.mktemp("house") / "data"
        yield stack.enter_context(House(data_dir, **env))
