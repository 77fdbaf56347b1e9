"""What an integration would send, beside its form."""

import json

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from alerts.models import AlertEvent
from channels_app import registry
from channels_app.catalog import describe
from deliveries.messages import STORIES
from deliveries.previews import offered, preview
from integrations import drafting
from integrations.models import Integration
from integrations.selectors import integrations_of
from teams.access import Actor, Permission
from teams.errors import texts_of
from teams.models import Team
from teams.pages import is_part, team_page
from teams.values import number_in

ALERT = "preview-alert"
INTEGRATION = "integration-id"


@team_page(Permission.EDIT)
@require_POST
def integration_preview(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """The body of what is typed, with the alert that was chosen; what is wrong with the form is said instead."""
    kind = request.POST.get(drafting.KIND, "")
    number, event = _chosen_in(request.POST.get(ALERT, ""))
    integration = _edited(team, request.POST.get(INTEGRATION, ""))
    choices = [(each, _name(each)) for each in offered(team)]
    context: dict[str, object] = {"choices": choices, "again": ALERT in request.POST}
    status = 200
    try:
        draft = drafting.posted(actor, kind, integration, request.POST)
        now = timezone.now()
        found = preview(
            actor, kind=kind, config=draft.config, integration=integration, alert=number, event=event, now=now
        )
        context |= {"preview": found, "chosen": _name(found.event) if found.event else ""}
        context["body"] = _indented(found.shown.body, found.shown.content_type)
    except ValidationError as refusal:
        context["faults"] = _labelled(kind, refusal)
        status = 422
    template = "_preview" if is_part(request) else "preview"
    return render(request, f"deliveries/previews/{template}.html", context, status=status)


def _edited(team: Team, text: str) -> Integration | None:
    return get_object_or_404(integrations_of(team), pk=number_in(text) or 0) if text else None


def _chosen_in(text: str) -> tuple[int | None, str | None]:
    """The alert's number and the event's type that a choice names; None for the last one."""
    number, _, event = text.partition("-")
    if not text:
        return None, None
    if number_in(number) is None or event not in STORIES:
        raise Http404("There is no such alert.")
    return number_in(number), event


def _name(event: AlertEvent) -> str:
    return f"{event.alert.number}-{event.type}"


def _labelled(kind: str, refusal: ValidationError) -> list[tuple[str, str]]:
    """(field, what is wrong with it), by the labels that the form shows."""
    names = {f"config.{each['name']}": each["label"] for each in _fields(kind)}
    return [(names.get(name, ""), text) for name, texts in texts_of(refusal).items() for text in texts]


def _fields(kind: str) -> list[dict[str, str]]:
    try:
        return list(describe(registry.kind(kind))["fields"])
    except registry.UnknownKind:
        return []


def _indented(body: str, content_type: str) -> str:
    """JSON as people read it; anything else as it is."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False) if "json" in content_type else body
    except ValueError:
        return body
