"""How an integration fares, in one sentence and a tone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from integrations.holding import Hold, holds_of
from integrations.models import Health, Integration

Tone = Literal["good", "soft", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Standing:
    """`tone` for the eye, `text` for people."""

    tone: Tone
    text: str

    @property
    def mark(self) -> str:
        """The state whose shape and colour the pages draw."""
        return {"good": "good", "soft": "off", "warn": "waiting", "bad": "bad"}[self.tone]


def standings_of(integrations: Iterable[Integration], now: datetime) -> dict[int, Standing]:
    """By id, with what waits for those on hold: one query more where any is."""
    rows = list(integrations)
    holds = holds_of(rows)
    return {each.pk: _held(holds[each.pk]) if each.pk in holds else standing_of(each, now) for each in rows}


def full_standing_of(integration: Integration, now: datetime) -> Standing:
    """The same of one."""
    return standings_of([integration], now)[integration.pk]


def _held(hold: Hold) -> Standing:
    return Standing("bad", hold.text)


def standing_of(integration: Integration, now: datetime) -> Standing:
    """Worst news first. The integration's health should be selected with it."""
    if not integration.enabled:
        return Standing("soft", "Switched off")
    try:
        health = integration.health
    except Health.DoesNotExist:
        return Standing("soft", "Not tried yet")
    if health.parked_at:
        why = health.last_failure_words or health.parked_words
        return Standing("bad", f"On hold for {_ago(now - health.parked_at)}: {why}")
    if health.consecutive_failures:
        times = "once" if health.consecutive_failures == 1 else f"{health.consecutive_failures} times in a row"
        return Standing("bad", f"Failed {times}: {health.last_failure_words or 'no answer'}")
    return _without_failures(health, now)


def _without_failures(health: Health, now: datetime) -> Standing:
    tested = health.last_test_at
    if tested and health.last_test_ok is None:
        return Standing("soft", "Changed since the last test")
    if tested and not health.last_test_ok and not (health.last_success_at and health.last_success_at > tested):
        return Standing("warn", f"Test failed {_ago(now - tested)} ago: {health.last_test_words}")
    if health.last_success_at:
        return Standing("good", f"Works; last message {_ago(now - health.last_success_at)} ago")
    if tested:
        return Standing("good", f"Test passed {_ago(now - tested)} ago")
    return Standing("soft", "Not tried yet")


def _ago(gap: timedelta) -> str:
    seconds = max(0, int(gap.total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "a moment"
