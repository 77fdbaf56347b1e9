"""What `manage.py check --deploy`, `up` and workers look at: what this installation needs and has not.

Each finding has an id and a hint, and none repeats an address, which may hold a password.
"""

import stat
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.db import Error as DatabaseFailure
from django.db import connection
from django.utils import timezone

from channels_app.doors import apprise
from config.env import host_of
from config.probes import unapplied
from deliveries import house
from teams.checks import is_loopback

TAG = "deployment"
ANSWERS_WITHIN = 3


@register(TAG, deploy=True)
def check_deployment(app_configs: Sequence[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:
    database = list(_database())
    return [*database, *_broker(), *(() if database else _workers()), *_keys(), *_addresses(), *_files(), *_apprise()]


def missing() -> list[CheckMessage]:
    """The errors among the findings: what keeps this installation from doing its work."""
    found = run_checks(tags=[TAG], include_deployment_checks=True)
    return [message for message in found if message.level >= Error("").level and not message.is_silenced()]


def reach_database() -> None:
    """Connect once without the pool, which would wait and then not say why."""
    if connection.vendor == "postgresql":
        psycopg.connect(**{**connection.get_connection_params(), "connect_timeout": ANSWERS_WITHIN}).close()


def _database() -> Iterator[CheckMessage]:
    try:
        reach_database()
        unmigrated = unapplied()
    except (DatabaseFailure, psycopg.Error):
        yield Error(
            "The database does not answer.",
            hint="See that its server runs, and that DATABASE_URL names its host, user, password and database.",
            id="config.E001",
        )
        return
    if unmigrated:
        yield Error("The database lacks migrations of this version.", hint="Run manage.py migrate.", id="config.E002")


def _broker() -> Iterator[CheckMessage]:
    if not settings.CELERY_BROKER_URL:
        return
    if not _broker_answers():
        yield Error(
            "The broker does not answer: messages wait until the workers look by themselves.",
            hint="See that its server runs, and that CELERY_BROKER_URL names its host, user and password.",
            id="config.E003",
        )
    if connection.vendor == "sqlite":
        yield Warning(
            "CELERY_BROKER_URL is set, but the database is an SQLite file: workers on other machines cannot share it.",
            hint="Set DATABASE_URL to a PostgreSQL server, or unset CELERY_BROKER_URL.",
            id="config.W001",
        )


def _workers() -> Iterator[CheckMessage]:
    if settings.CELERY_BROKER_URL and not house.sender_lives(timezone.now()):
        yield Warning(
            "No worker was seen for a minute: with CELERY_BROKER_URL set, web processes store messages and send none.",
            hint="Start one on any machine: celery -A config.celery worker.",
            id="config.W005",
        )


def _broker_answers() -> bool:
    from kombu import Connection

    names = ("read_timeout", "write_timeout", "socket_timeout", "socket_connect_timeout")
    options = dict.fromkeys(names, ANSWERS_WITHIN)
    try:
        with Connection(
            settings.CELERY_BROKER_URL, connect_timeout=ANSWERS_WITHIN, transport_options=options
        ) as broker:
            broker.ensure_connection(max_retries=1, timeout=ANSWERS_WITHIN)
    except Exception:  # noqa: BLE001 - each transport raises its own, and each means the same here
        return False
    return True


def _keys() -> Iterator[CheckMessage]:
    if settings.SECRETS_ARE_GENERATED and not settings.DEMO and connection.vendor == "postgresql":
        yield Error(
            "SECRET_KEY or BELLHOP_ENCRYPTION_KEYS is not set, although the database can be shared: each machine would "
            "make its own keys, and none could read what another sealed.",
            hint="Set both to the same values everywhere: move them from secrets.json in BELLHOP_DATA_DIR.",
            id="config.E004",
        )


def _addresses() -> Iterator[CheckMessage]:
    loopback = is_loopback(host_of(settings.BELLHOP_BASE_URL))
    if settings.DEMO and not loopback:
        yield Error(
            "BELLHOP_DEMO is on although BELLHOP_BASE_URL is no loopback address: the sandbox answers without log-in.",
            hint="Unset BELLHOP_DEMO.",
            id="config.E005",
        )
    if loopback:
        yield Warning(
            "BELLHOP_BASE_URL leads to this machine only: nobody else can follow the links in messages.",
            hint="Write the address people use, such as https://bellhop.example.com.",
            id="config.W002",
        )
    if settings.EMAIL_BACKEND.endswith(".console.EmailBackend"):
        yield Warning(
            "EMAIL_URL is not set: mails are printed instead of sent.",
            hint="Write smtp+tls://USER:PASSWORD@HOST:587.",
            id="config.W003",
        )


def _files() -> Iterator[CheckMessage]:
    if settings.DATA_DIR.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Warning(
            "Others of this machine can look into BELLHOP_DATA_DIR, which holds the database or its keys.",
            hint="chmod 700 it.",
            id="config.W004",
        )


def _apprise() -> Iterator[CheckMessage]:
    if (named := settings.BELLHOP_APPRISE_SCHEMAS) and not apprise.is_installed():
        yield Warning(
            "BELLHOP_APPRISE_SCHEMAS is set, but the library Apprise is not installed: nothing is sent through it.",
            hint="make apprise, or pip install --require-hashes -r requirements/apprise.txt; or unset it.",
            id="config.W006",
        )
    if never := sorted({apprise.bare(each) for each in named} & apprise.NEVER):
        yield Warning(
            f"BELLHOP_APPRISE_SCHEMAS names {', '.join(never)}, which would reach programs or files of this machine "
            "or connect unwatched: nobody can use that.",
            hint="Leave it out.",
            id="config.W007",
        )
