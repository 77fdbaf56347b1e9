"""One set of views for two places: a page of its own, and the popup that a rule's Notifications tab opens."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django_htmx.http import trigger_client_event

from channels_app import registry
from integrations.listing import listing
from integrations.two_way import with_addresses, with_manifest
from teams.models import Team
from teams.pages import is_part, notice
from teams.values import number_in

POPUP = "dialog-body"
WORDS_LENGTH = 100
LEVELS = {"success": messages.SUCCESS, "warning": messages.WARNING, "error": messages.ERROR}


def in_popup(request: HttpRequest) -> bool:
    """Whether the answer goes into the page's dialog, whole or a part of it."""
    if not is_part(request):
        return False
    asked = request.resolver_match
    return request.headers.get("HX-Target") == POPUP or (asked is not None and asked.url_name == "integrations_popup")


def show(request: HttpRequest, part: str, title: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The part `integrations/pages/_<part>.html`: in the popup, alone where htmx asked for it, else as a page."""
    whole = {"part": f"integrations/pages/_{part}.html", "title": title, "popup": in_popup(request), **context}
    templates = {True: "integrations/pages/popup.html", False: "integrations/pages/page.html"}
    template = whole["part"] if is_part(request) and not whole["popup"] else templates[whole["popup"]]
    response = render(request, template, whole, status=status)
    if whole["popup"]:
        # What is boosted would else enter the address bar, whatever hx-push-url says.
        response["HX-Push-Url"] = "false"
    return response


def show_list(request: HttpRequest, team: Team) -> HttpResponse:
    """The team's integrations; `q` searches, `after` goes on."""
    words = " ".join(request.GET.get("q", "")[:WORDS_LENGTH].replace("\0", " ").split())
    last = number_in(request.GET.get("after", ""))
    held = request.GET.get("held") == "1"
    found = listing(team, timezone.now(), words=words, after=last, held=held)
    specs = [each.spec for each in registry.offered()]
    context = {"found": found, "q": words, "started": last, "held": held, "specs": specs}
    return show(request, "list", "Integrations", context | {"apps": with_manifest(), "addressed": with_addresses()})


def done(request: HttpRequest, team: Team, text: str, tone: str = "success", saved: int | None = None) -> HttpResponse:
    """Back to the list, which says `text`. The page behind the popup hears that integrations changed; `saved` is the
    id of a new one."""
    if not in_popup(request):
        messages.add_message(request, LEVELS[tone], text)
        return redirect("integrations", team.slug)
    return changed(notice(show_list(request, team), text, tone), saved)


def changed(response: HttpResponse, saved: int | None = None) -> HttpResponse:
    """Tell the page that the team's integrations are not what they were; a new one is `saved`."""
    return trigger_client_event(response, "integrations-changed", {"saved": saved})
