"""What both engines need said differently."""

from datetime import UTC, datetime
from typing import Any

from teams.statements import Params, among, execute, execute_many, fetch, moment, postgresql

__all__ = [
    "Params",
    "among",
    "database_now",
    "execute",
    "execute_many",
    "fetch",
    "lanes_in_order",
    "locked",
    "moment",
    "postgresql",
    "stored_time",
]


def locked(selection: str) -> str:
    """`selection` with its rows locked until the transaction ends, where the engine locks rows."""
    return f"{selection} FOR NO KEY UPDATE" if postgresql() else selection


def lanes_in_order(condition: str) -> str:
    """The lanes of `condition`, locked in the order of their ids where the engine locks rows.

    Everybody who locks several lanes does so in this order, so that no two wait for each other.
    """
    if not postgresql():
        return condition
    lanes = f"SELECT integration_id FROM deliveries_lane WHERE {condition} ORDER BY integration_id"  # noqa: S608
    return f"integration_id IN ({lanes} FOR NO KEY UPDATE)"


def stored_time(value: Any) -> datetime:
    """A time as read without the ORM."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def database_now() -> datetime:
    """Now, by the clock that all senders share: the server's, where there is one."""
    if postgresql():
        return stored_time(fetch("SELECT clock_timestamp()")[0][0])
    return datetime.now(UTC)
