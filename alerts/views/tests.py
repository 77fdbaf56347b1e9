"""Tests are set up: added, changed, switched on and off, deleted."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from alerts import selectors
from alerts.forms.tests import TestForm
from alerts.models import Test
from alerts.pages.consequences import (
    of_deleting_test,
    of_disabling_test,
    open_of,
    watched_by,
    what_followed,
    who_watches_now,
)
from alerts.services import tests as services
from teams.access import Actor, Permission
from teams.models import Team
from teams.pages import is_part, team_page


@team_page(Permission.EDIT)
def test_new(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """A new test, stored by POST. By GET ?name= fills the form in and suggests the slug."""
    if request.method != "POST":
        name = request.GET.get("name", "").strip()[:100]
        suggested = services.slug_from(team, name) if name else ""
        return _shown(request, TestForm(initial={"name": name}), {"suggested": suggested})
    form = TestForm(request.POST)
    made = _stored(form, lambda: services.create_test(actor, form.cleaned_data, timezone.now()))
    if made is None:
        return _shown(request, form)
    messages.success(request, " ".join([f"“{made.name}” was added.", *who_watches_now(made, {})]))
    return redirect("view", team.slug, made.slug)


@team_page(Permission.EDIT)
def test_edit(request: HttpRequest, team: Team, actor: Actor, slug: str) -> HttpResponse:
    """The test's name, target, interval and labels."""
    test = _own(team, slug)
    if request.method != "POST":
        return _shown(request, TestForm(test=test))
    form, before, watched = TestForm(request.POST, test=test), open_of(test), watched_by(test)
    saved = _stored(form, lambda: services.update_test(actor, test, form.cleaned_data, timezone.now()))
    if saved is None:
        return _shown(request, form)
    followed = [*who_watches_now(saved, watched), *what_followed(saved, before)]
    messages.success(request, " ".join([f"“{saved.name}” was saved.", *followed]))
    return redirect("view", team.slug, saved.slug)


@team_page(Permission.EDIT)
def test_enabled(request: HttpRequest, team: Team, actor: Actor, slug: str) -> HttpResponse:
    """Say what switching off will do; by POST switch the test on (`enabled=1`) or off."""
    test = _own(team, slug)
    if request.method != "POST":
        return _asked(request, test, "disable", of_disabling_test(test))
    before, on = open_of(test), request.POST.get("enabled") == "1"
    test = services.update_test(actor, test, {"enabled": on}, timezone.now())
    said = f"“{test.name}” is {'enabled' if on else 'disabled'}."
    messages.success(request, " ".join([said, *what_followed(test, before)]))
    return redirect("view", team.slug, test.slug)


@team_page(Permission.EDIT)
def test_delete(request: HttpRequest, team: Team, actor: Actor, slug: str) -> HttpResponse:
    """Say what deleting the test will do; delete it by POST."""
    test = _own(team, slug)
    if request.method != "POST":
        return _asked(request, test, "delete", of_deleting_test(test))
    before = open_of(test)
    services.archive_test(actor, test, timezone.now())
    messages.success(request, " ".join([f"“{test.name}” was deleted.", *what_followed(test, before)]))
    return redirect("views", team.slug)


def _own(team: Team, slug: str) -> Test:
    """The team's test that bears the slug now, or 404."""
    test = selectors.find_tests(team, [slug]).get(slug)
    if test is None:
        raise Http404("There is no such test.")
    return test


def _stored(form: TestForm, store: Callable[[], Test]) -> Test | None:
    """What the service made of a valid form; None where either refused."""
    if not form.is_valid():
        return None
    try:
        return store()
    except ValidationError as refusal:
        form.refuse(refusal)
        return None


def _shown(request: HttpRequest, form: TestForm, more: dict[str, str] | None = None) -> HttpResponse:
    form.lead_to_first_error()
    test = form.instance if form.instance.pk else None
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "alerts/tests/form.html", {"form": form, "test": test, **(more or {})}, status=status)


def _asked(request: HttpRequest, test: Test, deed: str, consequences: list[str]) -> HttpResponse:
    template = "alerts/tests/_ask.html" if is_part(request) else "alerts/tests/ask.html"
    return render(request, template, {"test": test, "deed": deed, "consequences": consequences})
