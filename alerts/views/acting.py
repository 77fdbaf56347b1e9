"""Acting on one alert: plain forms that lead back, or to htmx the parts that changed."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from alerts.forms.acting import ActionForm, form_for
from alerts.models import Alert
from alerts.people import assignable
from alerts.services.acting import act, outcome
from alerts.transitions import Action, transition
from alerts.views import alert as pages
from teams.access import Actor, Permission
from teams.models import Team
from teams.pages import is_part, next_of, notice, team_page


def acting(action: str) -> Callable[..., HttpResponse]:
    """The view that does `action`, a key of alerts.services.acting.ACTIONS, to one alert."""

    @require_POST
    @team_page(Permission.ACT)
    def view(request: HttpRequest, team: Team, actor: Actor, number: int) -> HttpResponse:
        alert = pages.find(team, number)
        form = form_for(action, data=request.POST, people=assignable(team)[:500], me=actor.user)
        try:
            event = act(actor, alert, action, form.typed(), timezone.now())
        except ValidationError as error:
            transition(alert.number, alert.state, Action(action))  # what is over takes no better words either
            form.refuse(error)
            return _refused(request, actor, alert, action, form)
        return _done(request, team, actor, alert, action, outcome(action, alert, event))

    return view


def _done(request: HttpRequest, team: Team, actor: Actor, alert: Alert, action: str, words: str) -> HttpResponse:
    if not is_part(request):
        messages.success(request, words)
        return redirect(next_of(request) or reverse("alert", args=[team.slug, alert.number]))
    changed = pages.find(team, alert.number)
    context = pages.standing(changed, timezone.now()) | {"forms": pages.forms_for(actor, changed, {}), "done": action}
    return notice(render(request, "alerts/alert/_live.html", context), words)


def _refused(request: HttpRequest, actor: Actor, alert: Alert, action: str, form: ActionForm) -> HttpResponse:
    if not is_part(request):
        return pages.page(request, actor, alert, {action: form})
    context = {"alert": alert, "forms": pages.forms_for(actor, alert, {action: form})}
    response = render(request, f"alerts/alert/_{action}.html", context, status=422)
    response["HX-Retarget"] = f"#{action}-part"
    response["HX-Reswap"] = "outerHTML"
    return response


acknowledge = acting("acknowledge")
unacknowledge = acting("unacknowledge")
assign = acting("assign")
note = acting("note")
close = acting("close")
