"""Views: metrics over time, as a page, as an image and as a table; and the list of what is measured."""

import csv
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from alerts import selectors
from alerts.charts.png import paint
from alerts.links import alerts_address, iso_utc
from alerts.models import Test
from alerts.pages import panorama
from alerts.pages.mutes import muting
from alerts.pages.overview import overview
from alerts.pages.spans import RANGES, Span, read_span
from teams.access import Actor
from teams.models import Team
from teams.pages import team_page
from teams.values import number_in

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@team_page()
def views(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """What the team measures, and how it is now."""
    asked = request.GET.get("q", "").strip()[:100]
    after = number_in(request.GET.get("after", ""))
    page = overview(team, asked, after, timezone.now())
    some = bool(page.entries or asked or after)
    return render(
        request, "alerts/views/list.html", {"page": page, "q": asked, "some": some, "base": settings.BELLHOP_BASE_URL}
    )


@team_page()
def view(request: HttpRequest, team: Team, actor: Actor, slug: str) -> HttpResponse:
    """A test's values over a span of time, with its alerts laid over them; archived tests too."""
    now = timezone.now()
    test, span = _asked(request, team, slug, now)
    context = {"test": test, "span": span, "panorama": panorama.of_span(test, span, now), "ahead": span.end < now}
    context["base"] = settings.BELLHOP_BASE_URL
    context["muting"] = muting(team, now, test=test.pk)
    return render(request, "alerts/views/view.html", context | _addresses(team, test, span))


@team_page()
def view_png(request: HttpRequest, team: Team, actor: Actor, slug: str) -> HttpResponse:
    """The chart of one metric as an image."""
    now = timezone.now()
    test, span = _asked(request, team, slug, now)
    metric = request.GET.get("metric", "")
    panel = panorama.panel_of(test, metric, span, now)
    if panel is None:
        raise Http404("There is no such metric.")
    title = f"{test.name}: {panel.metric}"
    image = paint(panel.chart, title, _in_words(span), theme=request.GET.get("theme", "light"))
    response = HttpResponse(image, content_type="image/png")
    response["Content-Disposition"] = f'inline; filename="{test.slug}.png"'
    return response


@team_page()
def view_csv(request: HttpRequest, team: Team, actor: Actor, slug: str) -> HttpResponse:
    """The measurements of the span as a table for spreadsheets."""
    test, span = _asked(request, team, slug, timezone.now())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{test.slug}.csv"'
    writer = csv.writer(response)
    writer.writerow(["observed_at", "metric", "source", "value"])
    for at, metric, source, value in panorama.values_in(test, span):
        writer.writerow([at.isoformat().replace("+00:00", "Z"), _as_text(metric), _as_text(source), value])
    return response


def _asked(request: HttpRequest, team: Team, slug: str, now: datetime) -> tuple[Test, Span]:
    at = read_span(request.GET, 60, now).moment
    test = selectors.find_test(team, slug, at)
    if test is None:
        raise Http404("There is no such test.")
    test.team = team  # is read already
    return test, read_span(request.GET, test.interval, now)


def _addresses(team: Team, test: Test, span: Span) -> dict[str, Any]:
    """The links to other times."""
    since, until = iso_utc(span.start), iso_utc(span.end)
    return {
        "ranges": [(word, span.query(range=word), word == span.word) for word in RANGES],
        "earlier": span.moved(-1),
        "later": span.moved(1),
        "wider": span.widened(),
        "to_now": "?" + urlencode({"range": span.word}) if span.word else "?",
        "itself": span.itself(),
        "open_address": span.query(),
        "alerts_address": alerts_address(team.slug, test=test.slug, since=since, until=until),
    }


def _in_words(span: Span) -> str:
    start, end = timezone.localtime(span.start), timezone.localtime(span.end)
    return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} {timezone.get_current_timezone_name()}"


def _as_text(text: str) -> str:
    """A spreadsheet would run a text that begins like a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
