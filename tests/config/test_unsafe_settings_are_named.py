"""An unsafe or malformed setting is a system check with an id and a hint, never a stack trace, and never a leak."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from pytest_django import Settings

from teams.checks import check_settings, is_loopback
from tests.patience import PATIENT

ROOT = Path(__file__).resolve().parents[2]
GOOD_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.fixture(autouse=True)
def safe(settings: Settings) -> None:
    """Settings in which no check has anything to say."""
    settings.DEBUG = settings.DEMO = settings.SECRETS_ARE_GENERATED = False
    settings.BELLHOP_BASE_URL = "https://bellhop.example.com"
    settings.BELLHOP_ENCRYPTION_KEYS = [GOOD_KEY]
    settings.BELLHOP_ALLOWED_NETWORKS = ["10.1.0.0/16", "fd00::/8", "192.0.2.7"]
    settings.BELLHOP_TRUSTED_PROXIES = ["10.0.0.1"]
    settings.BELLHOP_API_RATE = "6000/min"
    settings.BELLHOP_MALFORMED = {}


def found() -> list[CheckMessage]:
    return check_settings(None)


def test_safe_settings_are_silent() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "check_id", "words"),
    [
        ("DEBUG", True, "teams.E001", "DEBUG is on"),
        ("SECRETS_ARE_GENERATED", True, "teams.W001", "generated into the data directory"),
        ("BELLHOP_BASE_URL", "http://bellhop.example.com", "teams.W002", "not https"),
        ("BELLHOP_BASE_URL", "http://10.0.0.1:8000", "teams.W002", "not https"),
        ("BELLHOP_BASE_URL", "bellhop.example.com", "teams.E004", "no address"),
        ("BELLHOP_BASE_URL", "ftp://bellhop.example.com", "teams.E004", "no address"),
        ("BELLHOP_BASE_URL", "https://", "teams.E004", "no address"),
        ("BELLHOP_BASE_URL", "https://[bad", "teams.E004", "no address"),
        ("BELLHOP_BASE_URL", "https://a.example:port", "teams.E004", "no address"),
        ("BELLHOP_BASE_URL", "https://a.example/bellhop", "teams.E004", "no address"),
        ("BELLHOP_BASE_URL", "https://me:secret@a.example", "teams.E004", "no address"),
        ("BELLHOP_ENCRYPTION_KEYS", [GOOD_KEY, "secret"], "teams.E002", "key 2 is malformed"),
        ("BELLHOP_ENCRYPTION_KEYS", ["ключ"], "teams.E002", "key 1 is malformed"),
        ("BELLHOP_ALLOWED_NETWORKS", ["10.0.0.0/33"], "teams.E003", "'10.0.0.0/33' is no network"),
        ("BELLHOP_TRUSTED_PROXIES", ["proxy"], "teams.E008", "'proxy' is no network"),
        ("BELLHOP_API_RATE", "lots", "teams.E005", "'lots'"),
        ("BELLHOP_MALFORMED", {"EMAIL_URL": "is no address"}, "teams.E006", "EMAIL_URL is no address"),
        ("BELLHOP_MALFORMED", {"BELLHOP_MAX_BODY": "must be"}, "teams.E007", "BELLHOP_MAX_BODY must be"),
    ],
)
def test_each_fault_has_an_id_words_and_a_hint(
    settings: Settings, name: str, value: object, check_id: str, words: str
) -> None:
    setattr(settings, name, value)

    (message,) = found()

    assert message.id == check_id
    assert words in message.msg
    assert message.hint
    assert "secret@" not in str(message)
    assert "'secret'" not in str(message)


def test_on_a_loopback_address_debug_and_plain_http_are_fine(settings: Settings) -> None:
    settings.DEBUG = True
    for address in ("http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000", "http://b.localhost"):
        settings.BELLHOP_BASE_URL = address
        assert found() == []


def test_the_demo_may_keep_its_keys_in_the_data_directory(settings: Settings) -> None:
    settings.SECRETS_ARE_GENERATED = settings.DEMO = True

    assert found() == []


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.9.9.9", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("localhost.example.com", False)],
)
def test_loopback_is_told_from_the_world(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def check_in_a_process(data_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "BELLHOP_DATA_DIR": str(data_dir), **environment}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(
        command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=4 * PATIENT, check=False
    )


def test_everything_malformed_at_once_is_a_list_and_no_stack_trace(tmp_path: Path) -> None:
    outcome = check_in_a_process(
        tmp_path,
        DATABASE_URL="mysql://root:hunter2@db/x",
        EMAIL_URL="pigeon://user:hunter2@coop",
        BELLHOP_MAX_BODY="much",
        BELLHOP_MAX_TESTS="-5",
        BELLHOP_CALL_SECONDS="nan",
        BELLHOP_BASE_URL="https://[bad",
        BELLHOP_ENCRYPTION_KEYS="hunter2",
        BELLHOP_ALLOWED_NETWORKS="10.0.0.0/8, here",
        BELLHOP_API_RATE="lots",
    )

    assert outcome.returncode != 0
    assert "Traceback" not in outcome.stderr
    assert "hunter2" not in outcome.stdout + outcome.stderr
    for words in ("DATABASE_URL is no", "EMAIL_URL is no", "BELLHOP_MAX_BODY must", "BELLHOP_MAX_TESTS must"):
        assert words in outcome.stderr
    for check_id in ("E002", "E003", "E004", "E005", "E006", "E007"):
        assert f"teams.{check_id}" in outcome.stderr


def test_a_data_directory_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    outcome = check_in_a_process(tmp_path / "file" / "data")

    assert outcome.returncode == 1
    assert outcome.stderr.startswith("BELLHOP_DATA_DIR: ")
    assert len(outcome.stderr.splitlines()) == 1


def test_an_installation_with_nothing_set_works_and_warns_of_its_keys(tmp_path: Path) -> None:
    outcome = check_in_a_process(tmp_path)

    assert outcome.returncode == 0
    assert "teams.W001" in outcome.stderr
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_server_does_not_start_on_malformed_settings(tmp_path: Path) -> None:
    clean = {"PATH": os.environ["PATH"], "BELLHOP_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", "import config.wsgi; print('started')"]

    outcomes = [
        subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=4 * PATIENT, check=False)
        for env in (clean, {**clean, "DATABASE_URL": "mysql://root:hunter2@db/x"})
    ]

    assert [outcome.returncode for outcome in outcomes] == [0, 3]
    assert "started" in outcomes[0].stdout
    assert "teams.E007" in outcomes[1].stderr
    assert "Traceback" not in outcomes[1].stderr
