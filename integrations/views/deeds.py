"""What one does to an integration from a list: Test, switch on and off, delete."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations import services
from integrations.models import Integration
from integrations.selectors import integrations_of
from integrations.standing import full_standing_of
from integrations.usage import NAMED_RULES, Usage, now_tell_nobody, usage_of
from integrations.views.place import LEVELS, changed, done, show
from teams.access import Actor, Permission
from teams.models import Team
from teams.pages import is_part, notice, team_page


@team_page(Permission.EDIT)
@require_POST
def test(request: HttpRequest, team: Team, actor: Actor, integration_id: int) -> HttpResponse:
    """Send a marked message there; what the destination answered is said in the row."""
    integration = _own(team, integration_id)
    result = services.test_saved(actor, integration, timezone.now())
    if is_part(request):
        return _row_part(request, "tested", _own(team, integration_id), {"result": result})
    status = f", status {result.status}" if result.status is not None else ""
    words = " – ".join(filter(None, (result.detail, result.advice)))
    words = f"{integration.name}: {result.verdict}{status}. {words}"
    messages.add_message(request, LEVELS["success" if result.ok else "error"], words)
    return redirect("integrations", team.slug)


@team_page(Permission.EDIT)
@require_POST
def enabled(request: HttpRequest, team: Team, actor: Actor, integration_id: int) -> HttpResponse:
    """Switch it on (`enabled=1`) or off, at once."""
    on = request.POST.get("enabled") == "1"
    integration = services.update(actor, _own(team, integration_id), enabled=on, now=timezone.now())
    words, tone = _switched(integration)
    if not is_part(request):
        return done(request, team, words, tone)
    return changed(notice(_row_part(request, "switched", integration, {}), words, tone))


@team_page(Permission.EDIT)
def delete(request: HttpRequest, team: Team, actor: Actor, integration_id: int) -> HttpResponse:
    """GET says what it will do; POST does it."""
    integration = _own(team, integration_id)
    usage = usage_of(integration, NAMED_RULES)
    if request.method != "POST":
        return show(request, "delete", f"Delete {integration.name}?", {"integration": integration, "usage": usage})
    services.archive(actor, integration, timezone.now())
    left = _left_alone(usage)
    return done(request, team, f"{integration.name} is deleted.{left}", "warning" if left else "success")


def _switched(integration: Integration) -> tuple[str, str]:
    if integration.enabled:
        return f"{integration.name} is switched on.", "success"
    left = _left_alone(usage_of(integration, NAMED_RULES))
    return f"{integration.name} is switched off: nothing is sent there.{left}", "warning" if left else "success"


def _left_alone(usage: Usage) -> str:
    """A sentence to add about the rules that now tell nobody; empty where all tell others."""
    if not usage.alone:
        return ""
    return f" {now_tell_nobody([rule.name for rule in usage.rules if rule.alone], usage.alone)}"


def _row_part(request: HttpRequest, part: str, integration: Integration, context: dict[str, object]) -> HttpResponse:
    known = {"integration": integration, "standing": full_standing_of(integration, timezone.now()), "swapped": True}
    return render(request, f"integrations/pages/_{part}.html", {**known, **context})


def _own(team: Team, integration_id: int) -> Integration:
    return get_object_or_404(integrations_of(team), pk=integration_id)
