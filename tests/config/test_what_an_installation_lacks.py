"""`manage.py check --deploy`, `up` and workers name what is missing, each with an id and a hint, and no secret."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from pytest_django import Settings

from config.checks import check_deployment, missing
from deliveries.models import Heartbeat
from tests.patience import PATIENT

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def complete(db: None, settings: Settings, tmp_path: Path, still: datetime) -> None:
    """Settings in which no check has anything to say, and a worker that was seen just now."""
    now = still
    Heartbeat.objects.create(owner="worker", role=Heartbeat.Role.WORKER, started_at=now, seen_at=now)
    tmp_path.chmod(0o700)
    settings.DATA_DIR = tmp_path
    settings.DEMO = settings.SECRETS_ARE_GENERATED = False
    settings.BELLHOP_BASE_URL = "https://bellhop.example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.CELERY_BROKER_URL = ""


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Something listens there and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield silent.getsockname()[1]


def found() -> list[CheckMessage]:
    return [message for message in check_deployment() if message.id != "config.W001"]


def test_a_complete_installation_is_silent() -> None:
    assert check_deployment() == []
    assert missing() == []


@pytest.mark.parametrize(
    ("name", "value", "check_id", "words"),
    [
        ("BELLHOP_BASE_URL", "http://127.0.0.1:8000", "config.W002", "this machine only"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "config.W003", "printed"),
        ("DEMO", True, "config.E005", "without log-in"),
        ("BELLHOP_APPRISE_SCHEMAS", ["json", "Syslog://", "dbus"], "config.W007", "names dbus, syslog"),
        ("CELERY_BROKER_URL", "redis://:secretword@127.0.0.1:9/0", "config.E003", "broker does not answer"),
        ("CELERY_BROKER_URL", "amqp://me:secretword@127.0.0.1:9//", "config.E003", "broker does not answer"),
    ],
)
def test_each_lack_has_an_id_words_and_a_hint(
    settings: Settings, name: str, value: object, check_id: str, words: str
) -> None:
    setattr(settings, name, value)

    (message,) = found()

    assert message.id == check_id
    assert words in message.msg
    assert message.hint
    assert "secretword" not in str(message)
    assert bool(missing()) is check_id.startswith("config.E")


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_says_nothing_is_named_and_waited_for_only_shortly(
    settings: Settings, silent_port: int, scheme: str
) -> None:
    settings.CELERY_BROKER_URL = f"{scheme}://127.0.0.1:{silent_port}//"

    assert [message.id for message in found()] == ["config.E003"]


def test_schemas_without_their_library_are_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels_app.doors.apprise.find_spec", lambda name: None)
    assert [message.id for message in found()] == ["config.W006"]

    settings.BELLHOP_APPRISE_SCHEMAS = []
    assert found() == []


def test_missing_migrations_are_named() -> None:
    MigrationRecorder.Migration.objects.filter(app="deliveries").delete()

    assert [message.id for message in found()] == ["config.E002"]


def test_a_data_directory_open_to_others_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)

    assert [message.id for message in found()] == ["config.W004"]


def test_keys_of_one_machine_are_an_error_where_the_database_can_be_shared(settings: Settings) -> None:
    settings.SECRETS_ARE_GENERATED = True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("config.checks.connection.vendor", "postgresql")
        patch.setattr("config.checks.reach_database", lambda: None)
        assert [message.id for message in found()] == ["config.E004"]


def test_a_broker_beside_an_sqlite_file_is_worth_a_word(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "memory://"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("config.checks.connection.vendor", "sqlite")
        assert [message.id for message in check_deployment()] == ["config.W001"]


def test_nobody_who_sends_is_worth_a_word_where_the_web_does_not(settings: Settings) -> None:
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    assert found() == []

    settings.CELERY_BROKER_URL = "memory://"

    assert [message.id for message in found()] == ["config.W005"]


def test_a_database_that_is_away_is_named_and_no_stack_trace(tmp_path: Path) -> None:
    url = "postgresql://bellhop:secretword@127.0.0.1:9/bellhop"
    env = {"PATH": os.environ["PATH"], "BELLHOP_DATA_DIR": str(tmp_path), "DATABASE_URL": url}
    command = [sys.executable, "manage.py", "check", "--deploy"]

    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=4 * PATIENT, check=False)

    assert done.returncode == 1
    assert "config.E001" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secretword" not in done.stderr + done.stdout
