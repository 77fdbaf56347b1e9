"""API keys: made here, shown once."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from teams import services
from teams.access import Actor, Permission
from teams.adminkit import DeedForm, Menu, TeamForm, TeamModelAdmin, action, display, may, site
from teams.forms import KeyForm
from teams.models import ApiKey

TONES = {"works": "success", "revoked": "danger", "expired": "warning"}


class ApiKeyForm(TeamForm[ApiKey]):
    """A new key."""

    class Meta:
        model = ApiKey
        fields = ("name", "role", "expires_at")
        help_texts: ClassVar[dict[str, str]] = {
            "name": str(KeyForm.base_fields["name"].help_text),
            "role": str(KeyForm.base_fields["role"].help_text),
            "expires_at": "UTC. Empty: it never expires.",
        }


@admin.register(ApiKey, site=site)
class ApiKeyAdmin(TeamModelAdmin[ApiKey]):
    """Keys of the team."""

    form = ApiKeyForm
    menu = Menu("Team", "API keys", "vpn_key", 20)
    edits = Permission.MANAGE
    can_change = False
    deeds = ("revoke",)
    fields = ("name", "role", "expires_at")
    list_display = ("name", "prefix", "role", "state", "made_by", "last_used", "expires")
    list_select_related = ("maker",)
    search_fields = ("name", "prefix")
    search_help_text = "Name or prefix"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Permission.MANAGE) and super().has_view_permission(request, obj)

    @display("state", tones=TONES)
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "revoked"
        return "expired" if key.expires_at and key.expires_at <= timezone.now() else "works"

    @display("made by", ordering="maker__email")
    def made_by(self, key: ApiKey) -> str:
        return str(key.maker) if key.maker else "Operator"

    @display("last used (UTC)", ordering="last_used_at")
    def last_used(self, key: ApiKey) -> str:
        return f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"

    @display("expires (UTC)", ordering="expires_at")
    def expires(self, key: ApiKey) -> str:
        return f"{key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else "never"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("name", "prefix", "role", "state", "made_by", "last_used", "expires") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("prefix", "state", "made_by", "last_used", "expires") if obj else ()

    def create(self, actor: Actor, form: Any, formsets: list[Any], now: datetime) -> ApiKey:
        asked = form.cleaned_data
        key, plain = services.create_api_key(actor, actor.team, asked["name"], asked["role"], asked["expires_at"], now)
        key.plain = plain  # type: ignore[attr-defined]
        return key

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The one page that ever shows the key; no message, which would be stored, may hold it."""
        context = {
            **self.admin_site.each_context(request),
            "title": "New API key",
            "opts": self.opts,
            "original": obj,
            "plain": getattr(obj, "plain", ""),
            "back": self.address(obj),
        }
        return TemplateResponse(request, "teams/admin/new_key.html", context)

    @action(
        "Revoke",
        needs=Permission.MANAGE,
        icon="block",
        danger=True,
        explains="The key stops working at once and for good.",
        possible=lambda key: key.revoked_at is None,
    )
    def revoke(self, actor: Actor, key: ApiKey, form: DeedForm, now: datetime) -> str:
        services.revoke_api_key(actor, key, now)
        return f"{key} is revoked."
