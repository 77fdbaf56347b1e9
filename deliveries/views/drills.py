"""Fire drills: what came of a rule's last one, and running one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from alerts.models import AlertRule
from alerts.pages.rule_told import hearers_of
from deliveries import drilling
from deliveries.drilled import last_drill
from teams.access import Actor, Permission
from teams.models import Team
from teams.pages import is_known, is_part, team_page


@team_page()
@require_GET
def drill(request: HttpRequest, team: Team, actor: Actor, rule_id: int) -> HttpResponse:
    """What came of the rule's last drill; the part is 204 where it is as the reader has it."""
    rule = _rule_of(team, rule_id)
    drilled = last_drill(rule, timezone.now(), timezone.get_current_timezone())
    if is_known(request, drilled.stamp):
        return HttpResponse(status=204)
    template = "deliveries/drills/_drill.html" if is_part(request) else "deliveries/drills/drill.html"
    return render(request, template, {"rule": rule, "drilled": drilled})


@team_page(Permission.ACT)
def drill_run(request: HttpRequest, team: Team, actor: Actor, rule_id: int) -> HttpResponse:
    """Say who will be told; run a drill by POST. It is refused while one is under way, or the rule is off."""
    rule = _rule_of(team, rule_id)
    if request.method != "POST":
        template = "deliveries/drills/_ask.html" if is_part(request) else "deliveries/drills/ask.html"
        return render(request, template, _who_hears(team, rule))
    made = drilling.start(actor, rule, timezone.now())
    messages.success(request, f"The fire drill #{made.number} has begun; what comes of it stands here.")
    return redirect("drill", team.slug, rule.pk)


def _who_hears(team: Team, rule: AlertRule) -> dict[str, Any]:
    hearers = hearers_of([rule])[rule.pk]
    told = [f"{each.kind} {each.name}" for each in hearers.told if each.enabled]
    return {
        "rule": rule,
        "told": [*told, *rule.recipients],
        "steps": hearers.steps,
        "shadow": rule.shadow or team.shadow,
    }


def _rule_of(team: Team, rule_id: int) -> AlertRule:
    found = AlertRule.objects.of(team).filter(pk=rule_id).first() if rule_id < 2**63 else None
    if found is None:
        raise Http404("There is no such rule.")
    return found
