"""Maintenance windows: what is on, what comes, what was; planned, changed, ended and deleted."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from alerts import selectors
from alerts.forms.maintenance import WindowForm
from alerts.maintenance.listing import listed, listing, windows_of
from alerts.models import MaintenanceWindow
from alerts.services import maintenance as services
from teams.access import Actor, Permission
from teams.models import Team
from teams.pages import is_part, team_page
from teams.readers import zones


@team_page()
def windows(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """All of them, by what is on, what comes and what was."""
    return render(request, "alerts/maintenance/list.html", {"listing": listing(team, timezone.now())})


@team_page(Permission.EDIT)
def window_new(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """A new window; ?test= ticks one."""
    if request.method != "POST":
        return _shown(request, WindowForm(team, test=request.GET.get("test", "")[:60]))
    form = WindowForm(team, request.POST)
    if form.is_valid():
        try:
            made = services.create_window(actor, _fields(team, form), timezone.now())
        except ValidationError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"“{made.name}” is planned.")
            return redirect("maintenance", team.slug)
    return _shown(request, form)


@team_page(Permission.EDIT)
def window_edit(request: HttpRequest, team: Team, actor: Actor, window_id: int) -> HttpResponse:
    """Everything of a window; it is then as though it had always been so."""
    window = _own(team, window_id)
    if request.method != "POST":
        return _shown(request, WindowForm(team, window=window), window)
    form = WindowForm(team, request.POST, window=window)
    if form.is_valid():
        fields = _fields(team, form)
        if "until" not in form.changed_data and window.repeats_until and fields["repeat"] != "never":
            fields["repeats_until"] = window.repeats_until
        try:
            saved = services.update_window(actor, window, fields, timezone.now())
        except ValidationError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"“{saved.name}” was saved.")
            return redirect("maintenance", team.slug)
    return _shown(request, form, window)


@team_page(Permission.EDIT)
def window_end(request: HttpRequest, team: Team, actor: Actor, window_id: int) -> HttpResponse:
    """End the occurrence that is on."""
    return _ended(request, team, actor, window_id)


@team_page(Permission.EDIT)
def window_delete(request: HttpRequest, team: Team, actor: Actor, window_id: int) -> HttpResponse:
    """Say what deleting the window will do; delete it by POST."""
    window = _own(team, window_id)
    if request.method != "POST":
        template = "alerts/maintenance/_ask.html" if is_part(request) else "alerts/maintenance/ask.html"
        return render(request, template, {"window": window, "on": services.is_on(window, timezone.now())})
    services.archive_window(actor, window, timezone.now())
    messages.success(request, f"“{window.name}” was deleted.")
    return redirect("maintenance", team.slug)


@require_POST
def _ended(request: HttpRequest, team: Team, actor: Actor, window_id: int) -> HttpResponse:
    window = services.end_window(actor, _own(team, window_id), timezone.now())
    messages.success(request, f"“{window.name}” has ended.")
    return redirect("maintenance", team.slug)


def _own(team: Team, pk: int) -> MaintenanceWindow:
    window = windows_of(team).filter(pk=pk).first()
    if window is None:
        raise Http404("There is no such maintenance window.")
    return window


def _fields(team: Team, form: WindowForm) -> dict[str, Any]:
    """What the service takes; slugs that nobody has stay, to be refused."""
    fields = {**form.cleaned_data}
    found = selectors.find_tests(team, [*fields["tests"], *fields["excluded"]])
    return fields | {name: [found.get(slug, slug) for slug in fields[name]] for name in ("tests", "excluded")}


def _shown(request: HttpRequest, form: WindowForm, window: MaintenanceWindow | None = None) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "window": window, "zones": sorted(zones())}
    if window is not None:
        context["listed"] = listed(window, timezone.now())
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "alerts/maintenance/form.html", context, status=status)
