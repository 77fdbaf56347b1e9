"""The state of the house, for operators: who sends, what waits, what the auditor found."""

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from deliveries import house
from deliveries.auditing.words import SENTENCES
from deliveries.models import FindingHour, FindingKind
from teams.adminkit import Menu, site

HISTORY = 48  # lines


@site.operators_page("house/", "house", Menu("Installation", "State of the house", "monitor_heart", 5))
def show(request: HttpRequest) -> HttpResponse:
    """Everything at one moment, with a constant number of queries."""
    now = timezone.now()
    seen = house.look(now)
    context = {
        **site.each_context(request),
        "title": "State of the house",
        "subtitle": None,
        "house": seen,
        "senders": [(each.owner.partition(":")[0], each) for each in seen.senders],
        "findings": [(_sentence(each.kind), each) for each in seen.findings],
        "history": [(_sentence(each.kind), each) for each in FindingHour.objects.all()[:HISTORY]],
        "waited": int(seen.oldest_due.total_seconds()),
        "version": settings.BELLHOP_VERSION,
        "timers": [(each.name, each.next_at, _late(each.next_at, now)) for each in seen.timers],
    }
    request.current_app = site.name
    return TemplateResponse(request, "deliveries/admin/house.html", context)


def _sentence(kind: str) -> str:
    return SENTENCES[FindingKind(kind)]


def _late(next_at: datetime, now: datetime) -> timedelta | None:
    """By how much a timer is late that has waited for half a minute."""
    return now - next_at if now - next_at > timedelta(seconds=30) else None
