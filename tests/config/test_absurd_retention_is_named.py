"""Retention that cannot work, or that shortens what rules and pages see, is a system check with an id and a hint."""

import pytest
from pytest_django import Settings

from config.env import Environment
from teams.keeping import check_keeping


@pytest.fixture(autouse=True)
def usual(settings: Settings) -> None:
    for name, kept in (("MEASUREMENTS", 90), ("EXTREMES", 400), ("ATTEMPTS", 400), ("ALERTS", 400), ("AUDIT", 400)):
        setattr(settings, f"BELLHOP_KEEP_{name}_DAYS", kept)


def test_the_defaults_and_for_ever_are_silent(settings: Settings) -> None:
    assert check_keeping() == []
    for name in ("MEASUREMENTS", "EXTREMES", "ATTEMPTS", "ALERTS", "AUDIT"):
        setattr(settings, f"BELLHOP_KEEP_{name}_DAYS", 0)
    assert check_keeping() == []


@pytest.mark.parametrize(
    ("name", "days", "check_id", "words"),
    [
        ("ALERTS", 1, "teams.E020", "BELLHOP_KEEP_ALERTS_DAYS is 1: a delivery may wait for a day"),
        ("ATTEMPTS", 1, "teams.E020", "BELLHOP_KEEP_ATTEMPTS_DAYS is 1"),
        ("MEASUREMENTS", 69, "teams.W020", "60 rounds of a day"),
        ("EXTREMES", 89, "teams.W021", "shorter than BELLHOP_KEEP_MEASUREMENTS_DAYS"),
    ],
)
def test_each_has_an_id_words_and_a_hint(settings: Settings, name: str, days: int, check_id: str, words: str) -> None:
    setattr(settings, f"BELLHOP_KEEP_{name}_DAYS", days)

    (message,) = check_keeping()

    assert message.id == check_id
    assert words in message.msg
    assert message.hint


def test_half_hours_shorter_than_what_pages_show_are_named(settings: Settings) -> None:
    settings.BELLHOP_KEEP_EXTREMES_DAYS = 30
    settings.BELLHOP_KEEP_MEASUREMENTS_DAYS = 0
    assert [message.id for message in check_keeping()] == ["teams.W020", "teams.W021"]


def test_more_days_than_the_calendar_has_are_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every batch of measurements would end in an error."""
    monkeypatch.setenv("KEPT", "1000000")
    environment = Environment()

    assert environment.days("KEPT", default=90) == 90
    assert "KEPT" in environment.malformed
