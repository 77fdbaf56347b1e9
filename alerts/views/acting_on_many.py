"""Acting on alerts where they are listed: on one of them, or on those that are ticked."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import trigger_client_event

from alerts import selectors
from alerts.forms.acting import FORMS, ActionForm, form_for
from alerts.forms.alerts import AlertFilters
from alerts.people import assignable
from alerts.services.acting_on_many import MOST, act_on
from alerts.views.alerts import fresh, listed
from teams import words
from teams.access import Actor, Permission
from teams.models import Team
from teams.pages import is_part, notice, team_page
from teams.values import number_in

NAMED = 20


@team_page(Permission.ACT)
def alerts_act(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """Asks for what an action needs (GET, or POST with `ask`), and does it (POST with `do`).

    `alert` are the numbers of alerts. `one` is an action and a number, as the buttons of a row send it; "take" assigns
    to the one who asks. `back` is the list's query, or "all" for that of all my teams.
    """
    if request.method == "GET":
        return _ask(request, team, actor, request.GET)
    if "ask" in request.POST:
        return _ask(request, team, actor, request.POST)
    return _do(request, team, actor)


def _ask(
    request: HttpRequest, team: Team, actor: Actor, asked: QueryDict, refused: Mapping[str, ActionForm] | None = None
) -> HttpResponse:
    numbers = _numbers(asked.getlist("alert"))[:MOST]
    alerts = list(selectors.alerts_of(team).filter(number__in=numbers))
    if not alerts:
        return _nothing(request, team, asked, "Tick the alerts that you mean first.")
    wanted = [action for action in FORMS if asked.get("ask") in (None, action)]
    people = list(assignable(team)[:500])
    forms = refused or {action: form_for(action, people=people, me=actor.user) for action in wanted}
    names = words.listed([f"{alert} {alert.about}" for alert in alerts], NAMED)
    context = {"alerts": alerts, "names": names, "forms": forms, "back": asked.get("back", "")}
    template = "alerts/list/_ask.html" if is_part(request) else "alerts/list/ask.html"
    return render(request, template, context, status=422 if refused else 200)


def _do(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    action, numbers, typed = _meant(request.POST, actor)
    form = form_for(action, data=typed, people=assignable(team)[:500], me=actor.user)
    try:
        outcome = act_on(actor, numbers, action, form.typed(), timezone.now())
    except ValidationError as error:
        if action not in FORMS or not set(error.message_dict) <= set(form.fields):
            return _nothing(request, team, request.POST, " ".join(error.messages))
        form.refuse(error)
        return _again(request, team, actor, action, form)
    return _done(request, team, actor, outcome.words(), "success" if outcome.whole else "warning")


def _meant(posted: QueryDict, actor: Actor) -> tuple[str, list[int], Mapping[str, Any]]:
    """(action, numbers, what was typed)"""
    deed, _, number = posted.get("one", "").partition(" ")
    if deed == "take" and actor.user is not None:
        return "assign", _numbers([number]), {"to": actor.user.email}
    if deed:
        return deed, _numbers([number]), posted
    return posted.get("do", ""), _numbers(posted.getlist("alert")), posted


def _again(request: HttpRequest, team: Team, actor: Actor, action: str, form: ActionForm) -> HttpResponse:
    """The question with its errors, in the dialog."""
    response = _ask(request, team, actor, request.POST, {action: form})
    response["HX-Retarget"] = "#dialog-body"
    return response


def _done(request: HttpRequest, team: Team, actor: Actor, words: str, tone: str) -> HttpResponse:
    back = request.POST.get("back", "")
    if not is_part(request) or back == "all":
        messages.add_message(request, getattr(messages, tone.upper()), words)
        return _lead(request, _home(team, back))
    context = listed(request.POST, team, actor, AlertFilters(QueryDict(back)))
    response = fresh(render(request, "alerts/list/_live.html", context), context["now"])
    response["HX-Retarget"], response["HX-Reswap"] = "#alerts", "innerHTML"
    # Closed first, or the notice would stand in the dialog.
    return notice(trigger_client_event(response, "close-dialog"), words, tone)


def _nothing(request: HttpRequest, team: Team, asked: QueryDict, words: str) -> HttpResponse:
    """Nothing was done, and why."""
    if is_part(request):
        response = HttpResponse(status=422)
        response["HX-Reswap"] = "none"
        return notice(response, words, "error")
    messages.error(request, words)
    return redirect(_home(team, asked.get("back", "")))


def _lead(request: HttpRequest, address: str) -> HttpResponse:
    if not is_part(request):
        return redirect(address)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = address
    return response


def _home(team: Team, back: str) -> str:
    """The list that one acted from; of `back` only what is a filter is kept."""
    if back == "all":
        return reverse("all_alerts")
    query = AlertFilters(QueryDict(back)).sound()
    return reverse("alerts", args=[team.slug]) + (f"?{query}" if query else "")


def _numbers(said: list[str]) -> list[int]:
    return [number for number in map(number_in, said) if number is not None]
