"""Mutes: what is muted and what was, beginning one and ending one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from alerts import selectors
from alerts.forms.mutes import MuteForm
from alerts.models import Mute
from alerts.pages import mutes as pages
from alerts.sentences import scope_of
from alerts.services import mutes as services
from teams.access import Actor, Permission
from teams.models import Team
from teams.pages import behind_dialog, is_part, next_of, team_page
from teams.values import number_in


@team_page()
@require_GET
def mutes(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """What is muted now, and what was."""
    now = timezone.now()
    over, more = pages.all_over(team, now, number_in(request.GET.get("after", "")))
    context: dict[str, Any] = {"on": pages.all_on(team, now), "over": over, "more": more}
    if actor.may(Permission.ACT):
        context["form"] = MuteForm(team, pages.things_to_mute(team, None, None), now)
    return render(request, "alerts/mutes/mutes.html", context)


@team_page(Permission.ACT)
def mute_new(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """What to mute, for how long and why; a mute begins by POST. `rule` (id) and `test` (slug) narrow what to mute."""
    asked, now = request.POST if request.method == "POST" else request.GET, timezone.now()
    rule = pages.rule_named(team, asked.get("rule", ""))
    test = pages.test_named(team, asked.get("test", ""))
    things = pages.things_to_mute(team, rule, test)
    form = MuteForm(team, things, now, request.POST if request.method == "POST" else None, initial=_begins_with(asked))
    made = _begun(actor, form) if form.is_bound else None
    if made is None:
        return _shown(request, form, {"rule": rule, "test": test})
    messages.success(request, _in_words(made))
    return redirect(next_of(request) or reverse("mutes", args=[team.slug]))


@team_page(Permission.ACT)
@require_POST
def mute_end(request: HttpRequest, team: Team, actor: Actor, mute_id: int) -> HttpResponse:
    """End a mute now."""
    found = selectors.mutes_of(team).filter(pk=mute_id).first() if mute_id < 2**63 else None
    if found is None:
        raise Http404("There is no such mute.")
    services.end_mute(actor, found, timezone.now())
    of = scope_of(found)
    messages.success(request, f"The mute of {of} is over. What it held back is told now, where it is still true.")
    return redirect(next_of(request) or reverse("mutes", args=[team.slug]))


def _begins_with(asked: QueryDict) -> dict[str, str]:
    return {"what": str(asked["what"])} if "what" in asked else {}


def _begun(actor: Actor, form: MuteForm) -> Mute | None:
    """The mute that the form asks for; None where form or service refused."""
    if not form.is_valid():
        return None
    try:
        return services.mute(actor, form.asked(), form.now)
    except ValidationError as refusal:
        form.refuse(refusal)
        return None


def _shown(request: HttpRequest, form: MuteForm, about: dict[str, Any]) -> HttpResponse:
    template = "alerts/mutes/_form.html" if is_part(request) else "alerts/mutes/new.html"
    context = {"form": form, "next": next_of(request) or behind_dialog(request), **about}
    return render(request, template, context, status=422 if form.errors else 200)


def _in_words(mute: Mute) -> str:
    said = pages.in_words(mute, mute.began_at)
    end = f"until {timezone.localtime(mute.until):%Y-%m-%d %H:%M}" if mute.until else "until somebody ends it"
    return f"{said.of} is muted {end}."
