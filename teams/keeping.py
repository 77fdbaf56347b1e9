"""System checks of how long rows are kept."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

LONGEST_WINDOW = 70  # days: 60 rounds of a day, and the ten before by which sources are known
LONGEST_VIEW = 31
A_DELIVERY_WAITS = 2  # for a day, and the day on which it was recorded


@register(Tags.security)
def check_keeping(app_configs: Sequence[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:
    return [*_too_short_to_work(), *_too_short_to_see(), *_out_of_order()]


def _too_short_to_work() -> Iterator[CheckMessage]:
    for name in ("ATTEMPTS", "ALERTS"):
        if 0 < _kept(name) < A_DELIVERY_WAITS:
            yield Error(
                f"{_setting(name)} is {_kept(name)}: a delivery may wait for a day.",
                hint=f"Keep them for {A_DELIVERY_WAITS} days at least, or 0, for ever.",
                id="teams.E020",
            )


def _too_short_to_see() -> Iterator[CheckMessage]:
    for name, least, why in (
        ("MEASUREMENTS", LONGEST_WINDOW, "a rule may look back over 60 rounds of a day"),
        ("EXTREMES", LONGEST_VIEW, "pages show 30 days"),
    ):
        if 0 < _kept(name) < least:
            yield Warning(
                f"{_setting(name)} is {_kept(name)}: {why}.",
                hint=f"{least} days or more serve every rule and page; fewer do if yours look back less.",
                id="teams.W020",
            )


def _out_of_order() -> Iterator[CheckMessage]:
    measurements, extremes = _kept("MEASUREMENTS"), _kept("EXTREMES")
    if 0 < extremes < (measurements or extremes + 1):
        yield Warning(
            f"{_setting('EXTREMES')} is shorter than {_setting('MEASUREMENTS')}: half hours stay as long as these.",
            hint="Keep half hours longer: they are what is left of measurements that went.",
            id="teams.W021",
        )


def _kept(name: str) -> int:
    return int(getattr(settings, _setting(name)))


def _setting(name: str) -> str:
    return f"BELLHOP_KEEP_{name}_DAYS"
