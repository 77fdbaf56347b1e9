"""How the admin's forms are saved: by services, whose refusals come back into the form."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.http import HttpRequest
from django.utils import timezone

from teams.access import Actor
from teams.adminkit.tenancy import actor_of, current_team
from teams.errors import Conflict, TooOften

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _Base = ModelAdmin[Any]
else:
    _Base = object

_REFUSAL = "_admin_refusal"
TEAM_FIELD = "_team"


class SavesThroughServices(_Base):
    """Replaces Django's own writing (form.save, formset.save, LogEntry) by `create`, `update` and `archive`."""

    def create(self, actor: Actor, form: Any, formsets: list[Any], now: datetime) -> Any:
        """Make the object by its service and return it."""
        raise ImproperlyConfigured(f"{type(self).__name__} adds nothing")

    def update(self, actor: Actor, target: Any, form: Any, formsets: list[Any], now: datetime) -> None:
        """Change the object by its service."""
        raise ImproperlyConfigured(f"{type(self).__name__} changes nothing")

    def archive(self, actor: Actor, target: Any) -> None:
        """Archive the object by its service."""
        raise ImproperlyConfigured(f"{type(self).__name__} archives nothing")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        known = {"team": current_team(request), "refusal": getattr(request, _REFUSAL, None)}
        return type(form.__name__, (form,), known)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """What a service refuses was rolled back with its transaction, and is shown in the same form."""
        refusal = opened_for_another_team(request)
        if refusal is None:
            try:
                return super().changeform_view(request, object_id, form_url, extra_context)
            except ValidationError as invalid:
                refusal = invalid
            except (Conflict, TooOften) as refused:
                refusal = ValidationError(refused.message)
        setattr(request, _REFUSAL, refusal)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Written by `save_related`, when the rows below are known too."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        actor, now = actor_of(request), timezone.now()
        if change:
            self.update(actor, form.instance, form, list(formsets), now)
        else:
            vars(form.instance).update(vars(self.create(actor, form, list(formsets), now)))

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The services wrote the audit entry."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """As above."""


def opened_for_another_team(request: HttpRequest) -> ValidationError | None:
    """A form that was opened while another team was looked at must not be saved into this one."""
    team, meant = current_team(request), request.POST.get(TEAM_FIELD)
    if meant is None or team is None or meant == team.slug:
        return None
    return ValidationError(
        f"This form was opened for another team. You are looking at {team.name} now; nothing was saved."
    )
