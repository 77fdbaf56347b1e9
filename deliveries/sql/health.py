"""Statements on the health of the integrations behind the lanes."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from deliveries.sql.base import among, execute, execute_many, moment

SUCCESS_KEPT_FOR = timedelta(seconds=15)

FAILED = """
UPDATE integrations_health SET last_failure_at = %s, last_failure_words = %s,
    consecutive_failures = consecutive_failures + 1, parked_at = CASE WHEN %s THEN COALESCE(parked_at, %s) END,
    parked_reason = %s
WHERE integration_id = %s
"""


def healthy(integration_ids: Collection[int], now: datetime) -> None:
    """They took a message. Rows that say so already, of the last 15 s, are left alone."""
    chosen, params = among("integration_id", integration_ids)
    execute(
        "UPDATE integrations_health SET last_success_at = %s, consecutive_failures = 0, parked_at = NULL,"  # noqa: S608
        f" parked_reason = '' WHERE {chosen} AND (consecutive_failures > 0 OR parked_at IS NOT NULL"
        " OR last_success_at IS NULL OR last_success_at <= %s OR last_success_at > %s)",
        [moment(now), *params, moment(now - SUCCESS_KEPT_FOR), moment(now)],
    )


def reachable(integration_ids: Collection[int]) -> None:
    """They answered, if not as one would wish for this message: what was held against them is over."""
    chosen, params = among("integration_id", integration_ids)
    execute(
        f"UPDATE integrations_health SET consecutive_failures = 0, parked_at = NULL, parked_reason = '' WHERE {chosen}",  # noqa: S608
        params,
    )


def unhealthy(failed: Iterable[tuple[int, str, bool, str]], now: datetime) -> None:
    """(integration, words, whether it is parked, reason) each."""
    execute_many(
        FAILED,
        [
            (moment(now), words, parked, moment(now), reason if parked else "", pk)
            for pk, words, parked, reason in failed
        ],
    )
