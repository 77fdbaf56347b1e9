"""The people of a team and their roles."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from teams import limits, mails, services
from teams.access import Actor, Permission
from teams.adminkit import DeedForm, Menu, TeamForm, TeamModelAdmin, action, display, may, site
from teams.errors import TooOften
from teams.forms import ROLE_HELP
from teams.models import Membership


class RoleForm(TeamForm[Membership]):
    """The role of a member."""

    class Meta:
        model = Membership
        fields = ("role",)
        help_texts: ClassVar[dict[str, str]] = {"role": ROLE_HELP}


@admin.register(Membership, site=site)
class MembershipAdmin(TeamModelAdmin[Membership]):
    """People of the team; who they are elsewhere is nobody's business here. New ones are invited on the team page."""

    form = RoleForm
    menu = Menu("Team", "People", "group", 10)
    edits = Permission.MANAGE
    can_add = False
    can_archive = True
    archive_word = "Remove"
    deeds = ("send_password_link",)
    fields = ("person", "email", "role")
    readonly_fields = ("person", "email")
    list_before_template = "teams/admin/invite.html"
    list_display = ("person", "email", "role", "since")
    list_filter = ("role",)
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    search_help_text = "Name or e-mail"
    ordering = ("user__email",)

    @display("name", ordering="user__name")
    def person(self, membership: Membership) -> str:
        return membership.user.name or membership.user.email

    @display("e-mail", ordering="user__email")
    def email(self, membership: Membership) -> str:
        return membership.user.email

    @display("since (UTC)", ordering="created_at")
    def since(self, membership: Membership) -> str:
        return f"{membership.created_at:%Y-%m-%d}"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"invites": may(request, self.edits), **(extra_context or {})})

    def update(self, actor: Actor, target: Membership, form: Any, formsets: list[Any], now: datetime) -> None:
        services.change_role(actor, target, form.cleaned_data["role"], now)

    def archive(self, actor: Actor, target: Membership) -> None:
        services.remove_member(actor, target, timezone.now())

    def consequences(self, request: HttpRequest, target: Membership) -> list[str]:
        return [
            f"{target.user} can no longer see or change anything of this team, from this moment on.",
            "API keys that they made for it stop working.",
            "What they did stays in the timelines and the audit.",
        ]

    @action(
        "Send password link",
        needs=Permission.MANAGE,
        icon="key",
        explains="Sends a mail with a link to choose a password to people who have none yet.",
        possible=lambda membership: not membership.user.has_usable_password(),
    )
    def send_password_link(self, actor: Actor, membership: Membership, form: DeedForm, now: datetime) -> str:
        if not limits.RESET_ACCOUNT.take(membership.user.email, now):
            wait = limits.RESET_ACCOUNT.seconds_left(now)
            raise TooOften(f"They were sent {limits.RESET_ACCOUNT.rate.limit} links already. Try again later.", wait)
        mails.send_password_link(membership.user)
        return f"A link to choose a password was sent to {membership.user.email}."
