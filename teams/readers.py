"""How a page looks to its reader: the time zone of its times, light or dark."""

import zoneinfo
from collections.abc import Callable
from functools import cache
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

ZONE_COOKIE = "zone"
IN_UTC = ("/admin/", "/api/")


class ReaderZone:
    """Middleware: times show in the zone that the reader chose, else in the browser's own (a cookie), else in UTC.

    The administration shows and takes UTC, and says so; so does the API, where a key calls and no reader is looked up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_of(request)):
            return self.get_response(request)


def zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The reader's time zone; UTC where neither the person nor the browser names one that exists."""
    if request.path_info.startswith(IN_UTC):
        return zoneinfo.ZoneInfo("UTC")
    chosen = getattr(request.user, "time_zone", "")
    return zoneinfo.ZoneInfo(chosen if chosen in zones() else browser_zone(request))


def browser_zone(request: HttpRequest) -> str:
    """The time zone that the browser names; UTC where it names none that exists."""
    said = unquote(request.COOKIES.get(ZONE_COOKIE, ""))
    return said if said in zones() else "UTC"


@cache
def zones() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(zoneinfo.available_timezones())
