"""Integrations: the list, the form (Type first, then exactly that type's fields), and the popup of a rule."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from channels_app import registry
from integrations import drafting, policies, services
from integrations.admin.filters import KindFilter
from integrations.drafting import Draft
from integrations.enlisting import enlist
from integrations.hooks import change_address
from integrations.models import Integration
from integrations.selectors import integrations_of
from integrations.standing import full_standing_of, standing_of, standings_of
from integrations.two_way import can_enlist, has_address, two_way_of
from integrations.usage import NAMED_RULES, now_tell_nobody, usage_of
from teams.access import Actor, Permission
from teams.adminkit import (
    DeedForm,
    Menu,
    Panel,
    TeamModelAdmin,
    action,
    actor_of,
    display,
    dress,
    may,
    opened_for_another_team,
    site,
)
from teams.errors import Conflict
from teams.models import Team
from teams.words import listed

POPUP_LENGTH = 500
OVERVIEW_LENGTH = 8


@admin.register(Integration, site=site)
class IntegrationAdmin(TeamModelAdmin[Integration]):
    """Where the team's alerts can go."""

    menu = Menu("Telling", "Integrations", "hub", 10)
    can_archive = True
    ordering = ("name", "pk")
    archive_word = "Remove"
    fields = ()
    list_display = ("name", "kind_name", "target", "on", "told", "standing", "rules_count")
    list_filter = (KindFilter, "enabled", "used_by_default")
    list_select_related = ("health",)
    search_fields = ("name", "target")
    search_help_text = "Name or target"
    deeds = ("hook_register", "hook_change")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Integration]:
        rows = super().get_queryset(request).filter(builtin=False)
        return rows.annotate(rule_count=Count("rule_links", distinct=True))

    @display("type", ordering="kind")
    def kind_name(self, integration: Integration) -> str:
        return registry.name_of(integration.kind)

    @display("enabled", ordering="enabled", boolean=True)
    def on(self, integration: Integration) -> bool:
        return integration.enabled

    @display("told")
    def told(self, integration: Integration) -> str:
        return "; ".join(policies.in_words(integration))

    @display("health")
    def standing(self, integration: Integration) -> str:
        return standing_of(integration, timezone.now()).text

    @display("ticked by rules", ordering="rule_count")
    def rules_count(self, integration: Any) -> int:
        return int(integration.rule_count)

    def get_urls(self) -> list[Any]:
        popup = path(
            "configure/", self.admin_site.admin_view(self.configure_view), name="integrations_integration_configure"
        )
        return [popup, *super().get_urls()]

    def list_address(self, request: HttpRequest) -> str:
        return _list_address(request)

    # the popup's list

    def configure_view(self, request: HttpRequest) -> HttpResponse:
        """The team's integrations with Edit and Add New Integration, as a rule's Notifications tab opens it."""
        actor = actor_of(request)
        now = timezone.now()
        rows = integrations_of(actor.team)[:POPUP_LENGTH]
        standings = standings_of(rows, now)
        context = {
            **self.admin_site.each_context(request),
            "title": "Integrations",
            "opts": self.opts,
            "is_popup": IS_POPUP_VAR in request.GET,
            "rows": [(row, registry.name_of(row.kind), standings[row.pk]) for row in rows],
            "may_edit": actor.may(Permission.EDIT),
            "saved": request.GET.get("saved", "") if request.GET.get("saved", "").isdecimal() else "",
        }
        return self._page(request, "integrations/admin/configure.html", context)

    # the form

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Type first; with ?kind=, exactly that type's fields."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        kind = request.POST.get(drafting.KIND) or request.GET.get("kind")
        if kind not in {each.spec.kind for each in registry.offered()}:
            context = {"title": "Add New Integration", "kinds": [each.spec for each in registry.offered()]}
            return self._form_page(request, "integrations/admin/choose.html", context)
        actor = actor_of(request)
        if request.method == "POST":
            return self._posted(request, drafting.posted(actor, kind, None, request.POST))
        return self._show(request, drafting.blank(actor, kind))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The fields of its type, secrets masked."""
        integration = self._own_or_404(request, object_id)
        if request.method == "POST":
            if not self.has_change_permission(request, integration):
                raise PermissionDenied
            return self._posted(
                request, drafting.posted(actor_of(request), integration.kind, integration, request.POST)
            )
        if not self.has_view_permission(request, integration):
            raise PermissionDenied
        return self._show(request, drafting.stored(actor_of(request), integration))

    def _posted(self, request: HttpRequest, draft: Draft) -> HttpResponse:
        elsewhere, now = opened_for_another_team(request), timezone.now()
        if elsewhere is not None:
            draft.problems.extend(elsewhere.messages)
        elif "_test" in request.POST:
            draft.test(now)
        elif saved := draft.save(now):
            return self._saved(request, draft, saved)
        return self._show(request, draft)

    def _saved(self, request: HttpRequest, draft: Draft, saved: Integration) -> HttpResponse:
        is_new = draft.integration is None
        ticked = " and ticked for the rule" if is_new and IS_POPUP_VAR in request.GET else ""
        messages.success(request, f"{saved.name} is saved{ticked}.")
        return HttpResponseRedirect(_list_address(request, saved=saved.pk if is_new else None))

    def _show(self, request: HttpRequest, draft: Draft) -> HttpResponse:
        may_edit = may(request, Permission.EDIT)
        for form in (draft.basics, draft.policy_form, draft.config_form):
            dress(form)
            for field in form.fields.values():
                field.disabled = not may_edit
        existing = draft.integration
        context = {
            "title": existing.name if existing else "Add New Integration",
            "draft": draft,
            "spec": draft.spec,
            "original": existing,
            "may_edit": may_edit,
            "standing": full_standing_of(existing, timezone.now()) if existing else None,
            "usage": usage_of(existing, NAMED_RULES) if existing else None,
            "two_way": two_way_of(actor_of(request), existing) if existing else None,
        }
        return self._form_page(request, "integrations/admin/form.html", context)

    def _form_page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        known = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "is_popup": IS_POPUP_VAR in request.GET,
            "list_url": _list_address(request),
        }
        return self._page(request, template, {**known, **context})

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        return TemplateResponse(request, template, context)

    @action(
        "Register the address",
        needs=Permission.EDIT,
        explains="Asks the remote to call Bellhop from now on.",
        possible=lambda integration: can_enlist(integration.kind),
    )
    def hook_register(self, actor: Actor, integration: Integration, form: DeedForm, now: datetime) -> str:
        result = enlist(actor, integration, now)
        words = " ".join(filter(None, (result.detail, result.advice)))
        if not result.ok:
            raise Conflict(words)
        return words

    @action(
        "Change the address",
        needs=Permission.EDIT,
        danger=True,
        explains="The old address stops working at once. Until the new one is entered where calls come from, nothing "
        "that people do there is heard; messages go there as before.",
        possible=lambda integration: has_address(integration.kind),
    )
    def hook_change(self, actor: Actor, integration: Integration, form: DeedForm, now: datetime) -> str:
        change_address(actor, integration)
        return f"{integration.name} has another address: the old one works no more."

    def archive(self, actor: Actor, target: Integration) -> None:
        services.archive(actor, target, timezone.now())

    def consequences(self, request: HttpRequest, target: Integration) -> list[str]:
        usage = usage_of(target, NAMED_RULES)
        names = listed([rule.name for rule in usage.rules], NAMED_RULES, usage.total)
        told_by = f"These rules no longer tell it: {names}." if names else "No rule tells it."
        alone = [rule.name for rule in usage.rules if rule.alone]
        left = [now_tell_nobody(alone, usage.alone)] if alone else []
        return [
            told_by,
            *left,
            "What still waits to be sent there is not sent.",
            "What was delivered stays in the log.",
        ]


def _list_address(request: HttpRequest, saved: int | None = None) -> str:
    """Where one comes back to: the popup's list within a popup, else the list."""
    if IS_POPUP_VAR not in request.GET:
        return reverse("admin:integrations_integration_changelist")
    query = {IS_POPUP_VAR: "1"} | ({"saved": str(saved)} if saved is not None else {})
    return f"{reverse('admin:integrations_integration_configure')}?{urlencode(query)}"


@site.panel(20)
def troubled_integrations(team: Team, actor: Actor, now: datetime) -> Panel:
    """Integrations that do not work as they should."""
    trouble = Q(health__parked_at__isnull=False) | Q(health__consecutive_failures__gt=0) | Q(health__last_test_ok=False)
    own = integrations_of(team)
    found = own.filter(trouble, enabled=True)[:OVERVIEW_LENGTH]
    standings = standings_of(found, now)
    shown = [(row, standings[row.pk]) for row in found if standings[row.pk].tone in ("bad", "warn")]
    return Panel("integrations/admin/panel.html", {"rows": shown, "total": own.count()})
