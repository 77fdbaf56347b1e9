"""Alert Settings: the list of rules, and what its rows do without their form."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from alerts.forms.fields import possible_ids
from alerts.forms.rule_filters import LARGEST, RuleFilters
from alerts.models import AlertRule
from alerts.pages.consequences import of_deleting_rule, open_of, what_followed
from alerts.pages.rule_list import PAGE, now_of, page_of, rows_of, rules_of
from alerts.pages.ticks import ticks_of
from alerts.services import rules as services
from teams.access import Actor, Permission
from teams.models import Team
from teams.pages import is_part, notice, team_page


@team_page()
@require_GET
def rules(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """The team's rules by name, fifty a page; filters that mean nothing are said to, and leave the rest at work."""
    form = RuleFilters(team, request.GET)
    form.is_valid()
    page = page_of(team, rules_of(team, **form.filters()), form.cleaned_data.get("after"))
    context = {"form": form, "page": page, "next": form.beyond(page.after), "narrowed": form.narrows}
    return render(request, "alerts/rules/rules.html", context)


@team_page()
@require_GET
def rule_now(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """Whether the rules of a list are violated now: GET ?id=1&id=2, up to fifty, each for its own place."""
    ids = possible_ids(request.GET.getlist("id")[:PAGE])
    rows = now_of(list(AlertRule.objects.of(team).filter(pk__in=ids)))
    return render(request, "alerts/rules/_now.html", {"rows": rows})


@team_page(Permission.EDIT)
@require_POST
def rule_enabled(request: HttpRequest, team: Team, actor: Actor, pk: int) -> HttpResponse:
    """Switch the rule on (`enabled=1`) or off, and say what became of its alerts.

    `stamp` is that of the rule's open form: if it saw the rule as it was, it follows the switch.
    """
    rule, on = rule_of(team, pk), request.POST.get("enabled") == "1"
    before, saw = open_of(rule), request.POST.get("stamp") == services.stamp_of(rule)
    rule = services.update_rule(actor, rule, {"enabled": on}, timezone.now())
    text = " ".join([f"“{rule.name}” is {'on' if on else 'off'}.", *what_followed(rule, before)])
    if not is_part(request):
        messages.success(request, text)
        return redirect("rules", team.slug)
    context = {"row": rows_of([rule])[0], "stamp": services.stamp_of(rule) if saw else ""}
    return notice(render(request, "alerts/rules/_switched.html", context), text)


@team_page(Permission.EDIT)
def rule_delete(request: HttpRequest, team: Team, actor: Actor, pk: int) -> HttpResponse:
    """Say what deleting the rule will do; delete it by POST."""
    rule = rule_of(team, pk)
    if request.method != "POST":
        template = "alerts/rules/_delete.html" if is_part(request) else "alerts/rules/delete.html"
        return render(request, template, {"rule": rule, "consequences": of_deleting_rule(rule)})
    before = open_of(rule)
    services.archive_rule(actor, rule, timezone.now())
    text = " ".join([f"“{rule.name}” was deleted.", *what_followed(rule, before)])
    page = reverse("rule", args=[team.slug, pk])
    if is_part(request) and page not in request.headers.get("HX-Current-URL", ""):
        return trigger_client_event(notice(HttpResponse(), text), "close-dialog")
    messages.success(request, text)
    address = reverse("rules", args=[team.slug])
    return HttpResponseClientRedirect(address) if is_part(request) else redirect(address)


@team_page()
@require_GET
def rule_ticks(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """What is there to tick, anew: GET ?ticked=1&groups=2&q=text (`integrations` means the same as `ticked`)."""
    ticked = possible_ids([*request.GET.getlist("ticked"), *request.GET.getlist("integrations")])
    groups = possible_ids(request.GET.getlist("groups"))
    search = request.GET.get("q", "").replace("\x00", "")[:100]
    return render(request, "alerts/rules/_ticks.html", {"ticks": ticks_of(team, ticked, search, groups)})


def rule_of(team: Team, pk: int) -> AlertRule:
    """The team's rule with this id, or 404."""
    rule = AlertRule.objects.of(team).filter(pk=pk).first() if pk <= LARGEST else None
    if rule is None:
        raise Http404("There is no such rule.")
    return rule
