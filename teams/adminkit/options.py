"""The base of every admin page over a team's rows."""

import re
from typing import Any, ClassVar, TypeVar

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from teams.access import Permission
from teams.adminkit import deeds as doing
from teams.adminkit.bases import ModelAdmin, ModelForm, TabularInline
from teams.adminkit.checks import TeamModelAdminChecks
from teams.adminkit.deeds import Deed
from teams.adminkit.evidence import evidence_of
from teams.adminkit.forms import TeamForm
from teams.adminkit.menu import Menu
from teams.adminkit.saving import SavesThroughServices
from teams.adminkit.scoping import has_field, scoped
from teams.adminkit.site import BellhopAdminSite
from teams.adminkit.tenancy import actor_of, current_team, may
from teams.errors import Conflict
from teams.models import AuditEntry

M = TypeVar("M", bound=models.Model)
P = TypeVar("P", bound=models.Model)
HISTORY_LENGTH = 200
_IMPOSSIBLE = re.compile(r"\d{19}")
FILTER_LOOKUPS = ("", "__exact", "__in", "__isnull", "__id__exact")


class TeamModelAdmin(SavesThroughServices, ModelAdmin[M]):
    """Pages over the rows of the team that the person looks at; no other row exists for them.

    Who may do what is answered by teams.access with `edits` (for add, change and delete). Saving calls `create`
    and `update`, deleting calls `archive`: a subclass fills these with its services. `deeds` names its actions.
    `has_history` is False for rows that are evidence themselves.
    """

    form: type[ModelForm[M]] = TeamForm
    menu: ClassVar[Menu | None] = None
    edits: ClassVar[Permission] = Permission.EDIT
    can_add: ClassVar[bool] = True
    can_change: ClassVar[bool] = True
    can_archive: ClassVar[bool] = False
    archive_word: ClassVar[str] = "Delete"
    deeds: ClassVar[tuple[str, ...]] = ()
    has_history: ClassVar[bool] = True

    checks_class = TeamModelAdminChecks
    actions = None
    view_on_site = False
    save_on_top = False
    show_full_result_count = False
    list_per_page = 50
    list_filter_sheet = True
    change_form_before_template = "teams/admin/team_field.html"
    change_form_outer_before_template = "teams/admin/deeds.html"
    change_form_outer_after_template = "teams/admin/beside.html"
    admin_site: BellhopAdminSite
    delete_confirmation_template = "teams/admin/archive.html"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[M]:
        rows = super().get_queryset(request)
        if has_field(self.model, "team"):
            return scoped(rows, current_team(request))
        return rows.none()

    def address(self, target: models.Model) -> str:
        """The object's own page."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[target.pk])

    def list_address(self, request: HttpRequest) -> str:
        """The list that one comes back to."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def consequences(self, request: HttpRequest, target: M) -> list[str]:
        """What archiving will do, a sentence each."""
        return []

    # who may

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Permission.VIEW) and self._is_own(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.can_add and may(request, self.edits)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_change and may(request, self.edits) and self._is_own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_archive and may(request, self.edits) and self._is_own(request, obj)

    def _is_own(self, request: HttpRequest, obj: Any) -> bool:
        team = current_team(request)
        return not isinstance(obj, models.Model) or (team is not None and getattr(obj, "team_id", None) == team.pk)

    # what is shown

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the list's own filters ask: any other lookup would be a way to guess hidden values."""
        entries = [entry[0] if isinstance(entry, tuple | list) else entry for entry in self.list_filter]
        names = [entry if isinstance(entry, str) else getattr(entry, "parameter_name", "") for entry in entries]
        return lookup in {f"{name}{ending}" for name in names for ending in FILTER_LOOKUPS}

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("team", *(super().get_exclude(request, obj) or ()))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What a link fills in, without ids that no row can have."""
        given = super().get_changeform_initial_data(request)
        return {name: text for name, text in given.items() if not _IMPOSSIBLE.search(str(text))}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        target = self.get_object(request, object_id) if request.method == "GET" else None
        shown = doing.offered(self.own_deeds(), request, target) if target else []
        beside = self.admin_site.panels_beside(request, target) if target else []
        known = {"deeds": shown, "beside": beside, "show_history": self.has_history, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, known)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list; the number of all rows, which nobody counted, is left out of its heading."""
        changes = super().get_changelist_instance(request)
        changes.full_result_count = changes.result_count
        return changes

    def own_deeds(self) -> list[Deed]:
        """The actions, in the order of `deeds`; behind them those that other apps put here."""
        return [*(getattr(self, name) for name in self.deeds), *self.admin_site.deeds_of(self.model)]

    def get_urls(self) -> list[Any]:
        return doing.urls(self, self.own_deeds()) + super().get_urls()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who changed what in this object, from the audit."""
        target = self._own_or_404(request, object_id)
        if not self.has_view_permission(request, target):
            raise PermissionDenied
        entries = AuditEntry.objects.filter(
            team=current_team(request), target_type=self.opts.label_lower, target_id=str(target.pk)
        )
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {target}",
            "opts": self.opts,
            "original": target,
            "entries": [evidence_of(entry) for entry in entries[:HISTORY_LENGTH]],
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "teams/admin/history.html", context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say what archiving will do; on POST, do it."""
        target = self._own_or_404(request, object_id)
        if not self.has_delete_permission(request, target):
            raise PermissionDenied
        if request.method == "POST":
            return self._archive(request, target)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{self.archive_word} {self.opts.verbose_name}",
            "opts": self.opts,
            "object": target,
            "word": self.archive_word,
            "consequences": self.consequences(request, target),
            "back": self.address(target),
            "is_popup": IS_POPUP_VAR in request.GET,
            **(extra_context or {}),
        }
        return self.render_delete_form(request, context)

    def _archive(self, request: HttpRequest, target: M) -> HttpResponse:
        text = str(target)
        try:
            with transaction.atomic():
                self.archive(actor_of(request), target)
        except (ValidationError, Conflict) as refusal:
            texts = refusal.messages if isinstance(refusal, ValidationError) else [refusal.message]
            messages.error(request, " ".join(texts))
            return HttpResponseRedirect(self.address(target))
        messages.success(request, f"{self.archive_word}: {text} — done.")
        return HttpResponseRedirect(self.list_address(request))

    def _own_or_404(self, request: HttpRequest, object_id: str) -> M:
        target: M | None = self.get_object(request, object_id)
        if target is None:
            raise Http404("There is no such page")
        return target

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404("There is no such page")


class TeamTabularInline(TabularInline[M, P]):
    """Rows of an object of the team; whoever may edit the object may edit them."""

    form: type[ModelForm[M]] = TeamForm
    extra = 0
    edits: ClassVar[Permission] = Permission.EDIT

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form = type(formset.form.__name__, (formset.form,), {"team": current_team(request)})
        return formset

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Permission.VIEW)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.edits)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.edits)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.edits)
