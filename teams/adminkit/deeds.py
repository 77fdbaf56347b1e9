"""What one can do to an object besides editing it: the only way to put an action into the admin."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from teams.access import Actor, Permission
from teams.adminkit.forms import DeedForm, add_refusal
from teams.adminkit.tenancy import actor_of, seat_of
from teams.errors import Conflict, TooOften

if TYPE_CHECKING:
    from teams.adminkit.options import TeamModelAdmin

Work = Callable[[Any, Actor, Any, DeedForm, datetime], str | HttpResponse]


@dataclass(frozen=True)
class Deed:
    """An action on one object: done by POST only, by whom the team allows it, to an object of the own team.

    `form` is what it asks for. `explains` says what it will do. `possible` says whether it fits the object's state.
    """

    work: Work
    name: str
    title: str
    needs: Permission
    icon: str
    form: type[DeedForm]
    explains: str
    possible: Callable[[Any], bool]
    danger: bool

    def url_name(self, model: type[models.Model]) -> str:
        return f"{model._meta.app_label}_{model._meta.model_name}_{self.name}"

    def url(self, target: models.Model) -> str:
        return reverse(f"admin:{self.url_name(type(target))}", args=[target.pk])


def action(
    title: str,
    *,
    needs: Permission,
    icon: str = "bolt",
    form: type[DeedForm] = DeedForm,
    explains: str = "",
    possible: Callable[[Any], bool] = lambda _: True,
    danger: bool = False,
) -> Callable[[Work], Deed]:
    """Make a method `(actor, object, form, now) -> message or response` of a TeamModelAdmin into an action.

    GET shows what it will do and asks for its fields; POST does it. List its name in `deeds` of the admin.
    """

    def decorate(work: Work) -> Deed:
        return Deed(work, work.__name__, title, needs, icon, form, explains, possible, danger)

    return decorate


@dataclass(frozen=True, slots=True)
class Offered:
    """A deed as a page shows it: `form` is empty for those that are done with one click."""

    deed: Deed
    url: str
    form: DeedForm


def offered(deeds: list[Deed], request: HttpRequest, target: models.Model) -> list[Offered]:
    """The deeds that the person may do to `target` as it is now."""
    seat = seat_of(request)
    if seat is None:
        return []
    return [
        Offered(deed, deed.url(target), deed.form(team=seat.team, target=target, prefix=deed.name))
        for deed in deeds
        if seat.actor.may(deed.needs) and deed.possible(target)
    ]


def urls(model_admin: "TeamModelAdmin[Any]", deeds: list[Deed]) -> list[URLPattern]:
    """One address for each deed, below the object's own."""
    return [
        path(
            f"<int:object_id>/do/{deed.name}/",
            model_admin.admin_site.admin_view(_view(model_admin, deed)),
            name=deed.url_name(model_admin.model),
        )
        for deed in deeds
    ]


def _view(model_admin: "TeamModelAdmin[Any]", deed: Deed) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, object_id: int) -> HttpResponse:
        target = model_admin.get_object(request, str(object_id))
        if target is None:
            raise Http404("There is no such page")
        actor = actor_of(request)
        if not actor.may(deed.needs):
            raise PermissionDenied
        if not deed.possible(target):
            return _refuse(request, model_admin, target, f"{deed.title}: not possible as it stands now.")
        return _take(model_admin, deed, request, target, actor)

    return view


def _take(
    model_admin: "TeamModelAdmin[Any]", deed: Deed, request: HttpRequest, target: models.Model, actor: Actor
) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = deed.form(data, team=actor.team, target=target, prefix=deed.name)
    if request.method == "POST" and form.is_valid():
        try:
            answer = deed.work(model_admin, actor, target, form, timezone.now())
        except (Conflict, TooOften) as refusal:
            return _refuse(request, model_admin, target, refusal.message)
        except ValidationError as invalid:
            add_refusal(form, invalid)
        else:
            return answer if isinstance(answer, HttpResponse) else _done(request, model_admin, target, answer)
    return _ask(model_admin, deed, request, target, form)


def _ask(
    model_admin: "TeamModelAdmin[Any]", deed: Deed, request: HttpRequest, target: models.Model, form: DeedForm
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": target,
        "title": deed.title,
        "deed": deed,
        "form": form,
        "back": model_admin.address(target),
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "teams/admin/deed.html", context)


def _done(
    request: HttpRequest, model_admin: "TeamModelAdmin[Any]", target: models.Model, text: str
) -> HttpResponseRedirect:
    messages.success(request, text)
    return HttpResponseRedirect(model_admin.address(target))


def _refuse(
    request: HttpRequest, model_admin: "TeamModelAdmin[Any]", target: models.Model, text: str
) -> HttpResponseRedirect:
    messages.error(request, text)
    return HttpResponseRedirect(model_admin.address(target))
