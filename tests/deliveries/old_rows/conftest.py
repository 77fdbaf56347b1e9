"""How long things are kept here, and a rule that tells one room."""

from typing import Any

import pytest

from deliveries import pruning
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, without_bell
from tests.integrations.factories import make_integration


@pytest.fixture(autouse=True)
def a_year_is_kept(settings: Any) -> None:
    for name in ("EXTREMES", "ATTEMPTS", "ALERTS", "AUDIT"):
        setattr(settings, f"BELLHOP_KEEP_{name}_DAYS", 400)
    settings.BELLHOP_KEEP_MEASUREMENTS_DAYS = 90


@pytest.fixture(autouse=True)
def no_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "rested", lambda batches: batches)


@pytest.fixture
def rule(cast: Cast) -> Any:
    with without_bell():
        yield rule_for(cast.team, make_integration(cast.team, "slack", "ops"))
