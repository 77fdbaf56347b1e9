"""One rule with its tabs Settings and Notifications: shown, filled in, saved; in the list's row or as a page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from alerts import selectors
from alerts.forms.rule_drafts import drafted, is_step, search_of
from alerts.forms.rule_steps import places_for
from alerts.forms.rules import RuleForm, fields_of
from alerts.hours import in_words
from alerts.models import AlertRule
from alerts.pages.choosing_tests import choice_of, meant_by, metrics_of, unseen_metrics
from alerts.pages.consequences import open_of, what_followed
from alerts.pages.rule_changes import last_change
from alerts.pages.rule_list import rows_of
from alerts.pages.ticks import ticks_of
from alerts.services import rules as services
from alerts.snapshots import rounds_in_words
from alerts.views.rules import rule_of
from teams.access import Actor, Permission, require
from teams.models import Team
from teams.pages import is_part, notice, team_page
from teams.readers import zones

TABS = ("settings", "notifications")


@team_page()
def rule(request: HttpRequest, team: Team, actor: Actor, pk: int) -> HttpResponse:
    """One rule, to read or to change."""
    found = rule_of(team, pk)
    if request.method != "POST":
        return _shown(request, RuleForm(team, rule=found), part="_panel.html")
    require(actor, Permission.EDIT)
    if is_step(request.POST):
        return _shown(request, drafted(team, request.POST, found))
    return _save(request, team, actor, found)


@team_page(Permission.EDIT)
def rule_new(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """A new rule, stored by POST. By GET `?test=<slug>` it begins with that test."""
    if request.method != "POST":
        tests = selectors.find_tests(team, request.GET.getlist("test")[:1])
        return _shown(request, RuleForm(team, initial={"tests": [test.pk for test in tests.values()]}))
    if is_step(request.POST):
        return _shown(request, drafted(team, request.POST))
    form = RuleForm(team, request.POST)
    made = _try_to_create(actor, form)
    if made is None:
        return _shown(request, form, status=422)
    messages.success(request, " ".join([f"“{made.name}” was added.", *what_followed(made, {})]))
    address = reverse("rule", args=[team.slug, made.pk])
    return HttpResponseClientRedirect(address) if is_part(request) else redirect(address)


@team_page(Permission.EDIT)
def rule_copy(request: HttpRequest, team: Team, actor: Actor, pk: int) -> HttpResponse:
    """A new rule that begins with the values of another; nothing is stored before it is saved."""
    copied = rule_of(team, pk)
    return _shown(request, RuleForm(team, copied=copied, initial={"name": f"Copy of {copied.name}"[:100]}))


def _try_to_create(actor: Actor, form: RuleForm) -> AlertRule | None:
    if not form.is_valid():
        return None
    try:
        return services.create_rule(actor, fields_of(form), timezone.now())
    except ValidationError as refusal:
        form.refuse(refusal)
        return None


def _save(request: HttpRequest, team: Team, actor: Actor, found: AlertRule) -> HttpResponse:
    form, before = RuleForm(team, request.POST, rule=found), open_of(found)
    if not form.is_valid():
        return _shown(request, form, status=422)
    try:
        seen = form.cleaned_data["stamp"]
        saved = services.update_rule(actor, found, fields_of(form), timezone.now(), seen=seen)
    except ValidationError as refusal:
        form.refuse(refusal)
        return _shown(request, form, status=422)
    except services.Outdated:
        return _shown(request, _form_of_outdated(request, team, found), status=422)
    text = " ".join([f"“{saved.name}” was saved.", *what_followed(saved, before)])
    if not is_part(request):
        messages.success(request, text)
        return redirect("rule", team.slug, saved.pk)
    return notice(_shown(request, RuleForm(team, rule=rule_of(team, saved.pk)), saved=True), text)


def _form_of_outdated(request: HttpRequest, team: Team, found: AlertRule) -> RuleForm:
    """The form with what was typed, saying who changed the rule meanwhile; saved again, it stands."""
    now = rule_of(team, found.pk)
    data = request.POST.copy()
    data["stamp"] = services.stamp_of(now)
    form = RuleForm(team, data, rule=now)
    form.add_error(None, f"{last_change(now)} Nothing of yours was saved. Save again to put yours in its place.")
    return form


def _shown(
    request: HttpRequest, form: RuleForm, *, part: str = "_rule.html", status: int = 200, saved: bool = False
) -> HttpResponse:
    """The whole page; for htmx the row of the list, or what stands in its panel."""
    template = part if is_part(request) else "rule.html"
    return render(request, f"alerts/rules/{template}", _context(request, form) | {"saved": saved}, status=status)


def _context(request: HttpRequest, form: RuleForm) -> dict[str, Any]:
    team, rule = form.team, form.rule
    meant = meant_by(team, form.typed_selector)
    tests = [*form.chosen_tests, *meant.ids]
    metrics = [str(row["metric"].value() or "") for row in form.conditions]
    address = reverse("rule", args=[team.slug, rule.pk]) if rule else reverse("rule_new", args=[team.slug])
    return {
        "form": form,
        "row": rows_of([rule])[0] if rule else None,
        "action": address,
        "choice": choice_of(team, form.chosen_tests, search_of(request.POST)),
        "meant": meant,
        "metrics": metrics_of(team, tests),
        "unseen": sorted(unseen_metrics(team, tests, metrics)),
        "ticks": ticks_of(team, form.ticked, groups=form.ticked_groups),
        "places": places_for(team, form.steps) if form.steps.forms else [],
        "zones": sorted(zones()),
        "tab": _tab(request, form),
        "expanded": True,
        "rounds": rounds_in_words(rule) if rule else "",
        "hours": in_words(rule.hours) if rule else "",
    }


def _tab(request: HttpRequest, form: RuleForm) -> str:
    asked = request.POST.get("tab") or request.GET.get("tab") or ""
    wrong = form.wrong_tabs if form.is_bound else set()
    if wrong and asked not in wrong:
        return next(tab for tab in TABS if tab in wrong)
    return asked if asked in TABS else TABS[0]
