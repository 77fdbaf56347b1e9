"""Add and edit: Type first, then exactly that type's fields; Test before and after saving."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from channels_app import registry
from integrations import drafting, policies
from integrations.drafting import Draft
from integrations.holding import hold_of
from integrations.models import Integration
from integrations.selectors import integrations_of
from integrations.standing import standing_of
from integrations.two_way import two_way_of, with_addresses, with_manifest
from integrations.usage import usage_of
from integrations.views.place import done, show
from teams.access import Actor, Permission, require
from teams.models import Team
from teams.pages import notice, team_page

NAMED_RULES = 50
ADD = "Add New Integration"


@team_page(Permission.EDIT)
def new(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """Without a known `kind` the types to choose from."""
    kind = request.POST.get(drafting.KIND) or request.GET.get("kind", "")
    if kind not in {each.spec.kind for each in registry.offered()}:
        return show(request, "choose", ADD, {"specs": [each.spec for each in registry.offered()]})
    if request.method == "POST":
        return _posted(request, drafting.posted(actor, kind, None, request.POST))
    return _form(request, drafting.blank(actor, kind))


@team_page()
def edit(request: HttpRequest, team: Team, actor: Actor, integration_id: int) -> HttpResponse:
    """The fields of its type, secrets masked; who may not edit reads what is known of it."""
    integration = get_object_or_404(integrations_of(team), pk=integration_id)
    integration.team = team  # known already
    if request.method == "POST":
        require(actor, Permission.EDIT)
        return _posted(request, drafting.posted(actor, integration.kind, integration, request.POST))
    if not actor.may(Permission.EDIT):
        return show(request, "facts", integration.name, _facts(actor, integration))
    return reopened(request, actor, integration)


def reopened(request: HttpRequest, actor: Actor, integration: Integration) -> HttpResponse:
    """The form of a saved one as it is now; the team's own only."""
    return _form(request, drafting.stored(actor, integration))


def _posted(request: HttpRequest, draft: Draft) -> HttpResponse:
    now = timezone.now()
    if "_parts" in request.POST:
        return _parted(request, draft)
    if "_test" in request.POST:
        draft.test(now)
    elif saved := draft.save(now):
        new = saved.pk if draft.integration is None else None
        return done(request, saved.team, f"{saved.name} is saved.", saved=new)
    return _form(request, draft)


def _parted(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What was pasted, spread over the fields that it fills; nothing is saved or sent yet."""
    found = draft.take_apart()
    response = _form(request, draft)
    words = "The address you pasted was taken apart: its parts stand in their fields now. Nothing is saved yet."
    return notice(response, words, "info") if found else response


def _form(request: HttpRequest, draft: Draft) -> HttpResponse:
    _lead_to_first_error(draft)
    known = _facts(draft.actor, draft.integration) if draft.integration else {}
    title = draft.integration.name if draft.integration else ADD
    context = {"draft": draft, "spec": draft.spec, "apps": with_manifest(), "addressed": with_addresses(), **known}
    return show(request, "form", title, context, 422 if draft.refused else 200)


def _lead_to_first_error(draft: Draft) -> None:
    for bound in (draft.basics["name"], *draft.config_form, *draft.policy_form):
        if bound.errors:
            bound.field.widget.attrs["autofocus"] = True
            return


def _facts(actor: Actor, integration: Integration) -> dict[str, object]:
    return {
        "integration": integration,
        "kind": registry.name_of(integration.kind),
        "standing": standing_of(integration, timezone.now()),
        "hold": hold_of(integration),
        "usage": usage_of(integration, NAMED_RULES),
        "told": policies.in_words(integration),
        "two_way": two_way_of(actor, integration),
    }
