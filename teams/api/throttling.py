from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from teams import counters, rates
from teams.access import Actor
from teams.allowances import CallLimit

DEFAULT = rates.Rate(6000, 60)
LIMIT = CallLimit()


class KeyThrottle(BaseThrottle):
    """BELLHOP_API_RATE requests a key in a fixed window, over all processes; far from it, few requests are written."""

    wait_seconds = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        actor = request.auth
        if not isinstance(actor, Actor) or actor.key is None:
            return True
        rate, now = rate_from_settings(), timezone.now()
        self.wait_seconds = counters.seconds_left(rate.seconds, now)
        return LIMIT.take(f"api:{actor.key.pk}", rate, now)

    def wait(self) -> float:
        return self.wait_seconds


def rate_from_settings() -> rates.Rate:
    """The operator's rate; a malformed one is named by a system check, and the default holds meanwhile."""
    try:
        return rates.parse(settings.BELLHOP_API_RATE)
    except ValueError:
        return DEFAULT
