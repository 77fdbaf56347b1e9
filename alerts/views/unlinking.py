"""Takes an integration off one rule or all, as the integration's page offers it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from alerts.models import AlertRule
from alerts.services.rules import unlinking
from integrations.models import Integration
from integrations.usage import now_tell_nobody
from teams.access import Actor, Permission
from teams.models import Team
from teams.pages import team_page
from teams.values import number_in

AT_ONCE = 200


@team_page(Permission.EDIT)
@require_POST
def rule_unlink(request: HttpRequest, team: Team, actor: Actor, rule_id: int) -> HttpResponse:
    """Take `integration` off this rule."""
    rule = get_object_or_404(AlertRule.objects.of(team), pk=rule_id)
    integration = _posted(request, team)
    changed = unlinking.unlink(actor, rule, integration, timezone.now())
    return _told(request, integration, [changed], f"{rule.name} does not tell {integration.name} any more.")


@team_page(Permission.EDIT)
@require_POST
def rules_unlink(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """Take `integration` off all rules, many at a time."""
    integration = _posted(request, team)
    changed = unlinking.unlink_all(actor, integration, timezone.now(), AT_ONCE)
    words = f"{len(changed)} {'rule does' if len(changed) == 1 else 'rules do'} not tell {integration.name} any more."
    return _told(request, integration, changed, words)


def _posted(request: HttpRequest, team: Team) -> Integration:
    return get_object_or_404(Integration.objects.of(team), pk=number_in(request.POST.get("integration", "")))


def _told(request: HttpRequest, integration: Integration, changed: list[AlertRule], words: str) -> HttpResponse:
    lonely = AlertRule.objects.filter(pk__in=[rule.pk for rule in changed]).telling_nobody().order_by("name", "pk")
    if names := list(lonely.values_list("name", flat=True)):
        messages.warning(request, f"{words} {now_tell_nobody(names)}")
    else:
        messages.success(request, words)
    return redirect("integration", integration.team.slug, integration.pk)
