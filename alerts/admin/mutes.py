"""Mutes: read them, and end one."""

from datetime import datetime

from django.contrib import admin
from django.utils import timezone

from alerts.models import Mute
from alerts.sentences import scope_of
from alerts.services import mutes as services
from teams.access import Actor, Permission
from teams.adminkit import TONES, DeedForm, Menu, TeamModelAdmin, action, display, site


def _is_on(mute: Mute) -> bool:
    return not services.is_over(mute, timezone.now())


@admin.register(Mute, site=site)
class MuteAdmin(TeamModelAdmin[Mute]):
    """Mutes of the team, newest first; begun on the pages and over the API."""

    menu = Menu("Alerting", "Mutes", "notifications_off", 40)
    can_add = can_change = False
    fields = ("of", "reason", "by_text", "began_at", "until", "ended_at", "ended_by_text")
    readonly_fields = fields
    list_display = ("of", "state_label", "reason", "by_text", "began", "ends")
    list_select_related = ("rule", "test")
    search_fields = ("rule__name", "test__name", "reason", "by_text")
    search_help_text = "Rule, test, reason or person"
    deeds = ("end",)

    @display("what")
    def of(self, mute: Mute) -> str:
        return scope_of(mute)

    @display("state", tones=TONES)
    def state_label(self, mute: Mute) -> str:
        return "on" if _is_on(mute) else "over"

    @display("since (UTC)", ordering="began_at")
    def began(self, mute: Mute) -> str:
        return f"{mute.began_at:%Y-%m-%d %H:%M}"

    @display("until (UTC)", ordering="until")
    def ends(self, mute: Mute) -> str:
        at = mute.ended_at or mute.until
        return f"{at:%Y-%m-%d %H:%M}" if at else "somebody ends it"

    @action(
        "End",
        needs=Permission.ACT,
        icon="notifications_active",
        explains="What it held back is told now, where it is still true.",
        possible=_is_on,
    )
    def end(self, actor: Actor, mute: Mute, form: DeedForm, now: datetime) -> str:
        services.end_mute(actor, mute, now)
        return f"The {mute} is over."
