"""How remotes call integrations: the address of each, and what makes an app of the remote."""

import json

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from channels_app import registry
from integrations.enlisting import enlist
from integrations.hooks import change_address
from integrations.models import Integration
from integrations.selectors import integrations_of
from integrations.two_way import doors_of, doubts_about, manifest_of, require_address
from integrations.views.drafts import reopened
from integrations.views.place import LEVELS, in_popup, show
from teams.access import Actor, Permission
from teams.models import Team
from teams.pages import notice, team_page


@team_page(Permission.EDIT)
def change(request: HttpRequest, team: Team, actor: Actor, integration_id: int) -> HttpResponse:
    """GET says what it will do; POST gives it another address."""
    integration = get_object_or_404(integrations_of(team), pk=integration_id)
    require_address(integration)
    kind = registry.name_of(integration.kind)
    if request.method != "POST":
        title = f"Change the address of {integration.name}?"
        return show(request, "hook_change", title, {"integration": integration, "kind": kind})
    change_address(actor, integration)
    words = f"{integration.name} has another address. Enter it in {kind}: the old one works no more."
    return _said(request, actor, integration, words, "success")


@team_page(Permission.EDIT)
@require_POST
def register(request: HttpRequest, team: Team, actor: Actor, integration_id: int) -> HttpResponse:
    """Tell the remote where to call; what it answered is said."""
    integration = get_object_or_404(integrations_of(team), pk=integration_id)
    result = enlist(actor, integration, timezone.now())
    words = " ".join(filter(None, (result.detail, result.advice)))
    return _said(request, actor, integration, words, "success" if result.ok else "error")


@team_page()
@require_GET
def app(request: HttpRequest, team: Team, actor: Actor, kind: str) -> HttpResponse:
    """The manifest that makes an app for this installation, and the steps to it."""
    try:
        found = registry.kind(kind)
    except registry.UnknownKind:
        raise Http404("There is no such type.") from None
    manifest = manifest_of(found)
    if manifest is None:
        raise Http404("This type has no manifest.")
    context = {
        "spec": found.spec,
        "steps": found.hear.setup if found.hear and found.hear.setup else found.spec.setup,
        "manifest": json.dumps(manifest, indent=2, ensure_ascii=False),
        "doors": doors_of(found),
        "base_url": settings.BELLHOP_BASE_URL,
        "doubts": doubts_about(settings.BELLHOP_BASE_URL),
    }
    return show(request, "app", f"An app of {found.spec.name} for Bellhop", context)


def _said(request: HttpRequest, actor: Actor, integration: Integration, words: str, tone: str) -> HttpResponse:
    """The integration again, with what came of it."""
    if in_popup(request):
        fresh = integrations_of(actor.team).get(pk=integration.pk)
        return notice(reopened(request, actor, fresh), words, tone)
    messages.add_message(request, LEVELS[tone], words)
    return redirect("integration", actor.team.slug, integration.pk)
