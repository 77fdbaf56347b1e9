"""Says on stderr which services answer on this machine, and on stdout (for a shell) what lets the tests use them.

With --missing: on stdout the names of those that nobody named and that do not answer at the usual places.
"""

import os
import shlex
import sys
from collections.abc import Callable

import kombu
import psycopg

PATIENCE = 30  # seconds; a machine that stalls must not look like one without services
CANDIDATES = {
    "BELLHOP_TEST_POSTGRES": ("postgresql:///postgres", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "BELLHOP_TEST_REDIS": ("redis://127.0.0.1:6379/9",),
    "BELLHOP_TEST_RABBITMQ": ("amqp://guest:guest@127.0.0.1:5672//",),
}


def postgres_answers(url: str) -> bool:
    """Whether it lets us in and make databases."""
    question = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE) as connection:
            row = connection.execute(question).fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])


def broker_answers(url: str) -> bool:
    options = {"connect_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    try:
        with kombu.Connection(url, connect_timeout=PATIENCE, transport_options=options) as connection:
            connection.ensure_connection(max_retries=1, timeout=PATIENCE)
    except (OSError, kombu.exceptions.KombuError):
        return False
    return True


def found(variable: str) -> str | None:
    """Where the service of this variable answers: at the address given, or else at a usual one."""
    answers: Callable[[str], bool] = postgres_answers if variable.endswith("POSTGRES") else broker_answers
    given = os.environ.get(variable)
    return next((url for url in ((given,) if given else CANDIDATES[variable]) if answers(url)), None)


def name(variable: str) -> str:
    return variable.rpartition("_")[2].lower()


def main() -> None:
    for variable in CANDIDATES:
        url = found(variable)
        said = "answers" if url else "DOES NOT ANSWER, SO THE TESTS THAT NEED IT ARE SKIPPED"
        sys.stderr.write(f"  {name(variable)}: {said}\n")
        print(f"export {variable}={shlex.quote(url)}" if url else f"unset {variable}")  # noqa: T201 - its output


def missing() -> None:
    for variable in CANDIDATES:
        if not os.environ.get(variable) and not found(variable):
            print(name(variable))  # noqa: T201 - its output


if __name__ == "__main__":
    missing() if sys.argv[1:] == ["--missing"] else main()
