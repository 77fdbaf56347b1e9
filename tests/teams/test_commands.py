"""The operator's commands print what scripts need on the last line, and refuse in words."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from teams.models import ApiKey, Membership, Role, Team, User
from tests.conftest import Cast


def run(*command: str) -> list[str]:
    out = StringIO()
    call_command(*command, stdout=out, stderr=StringIO())
    return out.getvalue().splitlines()


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLHOP_PASSWORD", "from the environment")


def test_createteam_prints_the_slug_alone_on_the_last_line(db: None) -> None:
    assert run("createteam", "Site Reliability", "--owner", "ann@example.com")[-1] == "site-reliability"

    assert User.objects.get().check_password("from the environment")
    assert Membership.objects.get().role == Role.ADMIN


def test_createapikey_prints_the_key_alone_on_the_last_line(cast: Cast) -> None:
    plain = run("createapikey", "ops", "--name", "ci", "--role", "admin")[-1]

    key = ApiKey.objects.get()
    assert plain.startswith(f"bh_{key.prefix}_")
    assert (key.team, key.name, key.role, key.maker) == (cast.team, "ci", "admin", None)


def test_createapikey_makes_a_members_key_unless_told_otherwise(cast: Cast) -> None:
    run("createapikey", "ops", "--name", "ci")

    assert ApiKey.objects.get().role == Role.MEMBER


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["createteam", "Ops", "--owner", "ann@example.com"], "name: There is a team named 'Ops' already"),
        (["createteam", "New", "--owner", "ann"], "owner: 'ann' is no e-mail address"),
        (["createapikey", "nope", "--name", "ci"], "no team with the slug 'nope'"),
        (["createapikey", "ops", "--name", "ci", "--role", "god"], "'god' is no role; known are viewer, member, admin"),
        (["createapikey", "rivals", "--name", "taken"], "name: The team has a working API key named 'taken' already"),
    ],
)
def test_commands_say_what_they_refuse(cast: Cast, command: list[str], words: str) -> None:
    run("createapikey", "rivals", "--name", "taken")

    with pytest.raises(CommandError) as refusal:
        run(*command)

    assert words in str(refusal.value)
    assert (Team.objects.count(), ApiKey.objects.count()) == (2, 1)


def test_a_new_owner_without_a_password_is_refused_where_nobody_can_be_asked(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BELLHOP_PASSWORD")

    with pytest.raises(
        CommandError, match=r"password: ann@example\.com is new here and needs a password.*BELLHOP_PASSWORD"
    ):
        run("createteam", "New", "--owner", "ann@example.com")


def test_who_ends_the_input_at_the_prompt_is_told_what_to_do(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(*_: str) -> str:
        raise EOFError

    at_a_terminal(monkeypatch)
    monkeypatch.setattr("getpass.getpass", ended)

    with pytest.raises(CommandError, match=r"No password was given\. Set BELLHOP_PASSWORD"):
        run("createteam", "New", "--owner", "ann@example.com")
    assert not Team.objects.exists()


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    monkeypatch.delenv("BELLHOP_PASSWORD")
    monkeypatch.setattr("sys.stdin", Terminal())
    replies = iter(answers)
    monkeypatch.setattr("getpass.getpass", lambda *_: next(replies))


def test_a_password_is_asked_twice_at_a_terminal(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, "typed in twice", "typed in twice")

    run("createteam", "New", "--owner", "ann@example.com")

    assert User.objects.get().check_password("typed in twice")


def test_two_different_answers_make_nobody(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, "one long thing", "another long thing")

    with pytest.raises(CommandError, match="The two passwords differ"):
        run("createteam", "New", "--owner", "ann@example.com")

    assert not User.objects.exists()
