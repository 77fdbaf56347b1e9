"""Accounts of the whole installation: for superusers only."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from teams import mails
from teams.adminkit import Menu, TeamForm, TeamModelAdmin, display, is_operator, site
from teams.models import User
from teams.services import users as services


class AccountForm(TeamForm[User]):
    """An account; no password is ever set by somebody else."""

    class Meta:
        model = User
        fields = ("email", "name", "is_active", "is_superuser")
        help_texts = {
            "is_active": "Nobody can log in with an account that is switched off.",
            "is_superuser": "Superusers are admins of every team and manage accounts.",
        }


@admin.register(User, site=site)
class UserAdmin(TeamModelAdmin[User]):
    """Accounts. Team admins manage memberships instead: an account may be in other teams too."""

    form = AccountForm
    menu = Menu("Installation", "Accounts", "manage_accounts", 10)
    list_display = ("email", "name", "active", "superuser", "team_names")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    search_help_text = "E-mail or name"
    ordering = ("email",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return User.objects.prefetch_related("memberships__team") if is_operator(request) else User.objects.none()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display("active", ordering="is_active", boolean=True)
    def active(self, user: User) -> bool:
        return user.is_active

    @display("superuser", ordering="is_superuser", boolean=True)
    def superuser(self, user: User) -> bool:
        return user.is_superuser

    @display("teams")
    def team_names(self, user: User) -> str:
        return ", ".join(f"{each.team} ({each.role})" for each in user.memberships.all())

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("email", "name", "is_active", "is_superuser", "team_names") if obj else ("email", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("email", "team_names") if obj else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        operator, asked = request.user, form.cleaned_data
        if not isinstance(operator, User):
            raise PermissionDenied
        if change:
            flags = {name: asked[name] for name in ("name", "is_active", "is_superuser")}
            services.change_account(operator, form.instance, **flags)
        else:
            account = services.create_account(operator, asked["email"], asked["name"], timezone.now())
            vars(form.instance).update(vars(account))

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        mails.send_password_link(obj)
        messages.info(request, f"A link to choose a password was sent to {obj.email}.")
        return super().response_add(request, obj, post_url_continue)
