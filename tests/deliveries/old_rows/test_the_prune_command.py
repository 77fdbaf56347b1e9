"""The command says what would go, and lets go what it said."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.deliveries.old_rows.stage import everything, over


def test_the_command_says_what_would_go_and_changes_nothing(rule: Any, capsys: Any) -> None:
    over(rule)
    before = everything()

    call_command("prune", "--dry-run")

    said = capsys.readouterr().out
    assert "alerts before" in said
    assert "1 alerts, 2 dispatch items, 2 deliveries, 2 alert events would go" in said
    assert "the oldest of 2024-10-18 12:00" in said
    assert everything() == before


def test_the_command_lets_go_what_it_said(rule: Any, capsys: Any) -> None:
    over(rule)

    call_command("prune", "--older-than", "30", "--only", "dispatches", "--only", "alerts")

    said = capsys.readouterr().out.splitlines()
    assert [line.split(" before")[0] for line in said] == ["dispatches", "alerts"]
    assert "1 attempts" in said[0]
    assert "2 deliveries" in said[1]
    assert set(everything().values()) == {0}


def test_the_command_keeps_what_may_still_be_sent(db: None) -> None:
    with pytest.raises(CommandError, match="at least 2 days"):
        call_command("prune", "--older-than", "1")


@pytest.mark.parametrize("command", [("prune", "--older-than"), ("audit", "--hours")])
@pytest.mark.parametrize("number", ["99999999", "9" * 30])
def test_what_lies_before_the_calendar_is_named(db: None, command: tuple[str, str], number: str) -> None:
    with pytest.raises(CommandError, match=f"{command[1]}: the calendar does not go back so far"):
        call_command(*command, number)
