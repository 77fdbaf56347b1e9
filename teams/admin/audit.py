"""The audit: who changed what. Nobody changes it."""

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from teams.access import Actor
from teams.adminkit import EndlessPaginator, Menu, Panel, TeamModelAdmin, display, site
from teams.adminkit.evidence import action_words, evidence_of
from teams.models import AuditEntry, Team

RECENT = 8


@admin.register(AuditEntry, site=site)
class AuditAdmin(TeamModelAdmin[AuditEntry]):
    """Every change of the team's things, newest first."""

    menu = Menu("Team", "Audit log", "history", 30)
    can_add = can_change = has_history = False
    paginator = EndlessPaginator
    fields = ("when", "who", "what", "which", "what_changed")
    readonly_fields = ("when", "who", "what", "which", "what_changed")
    list_display = ("when", "who", "what", "which")
    search_fields = ("actor_text", "action", "target_text")
    search_help_text = "Who, what or which"

    @display("when (UTC)", ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return f"{entry.at:%Y-%m-%d %H:%M:%S}"

    @display("who", ordering="actor_text")
    def who(self, entry: AuditEntry) -> str:
        return entry.actor_text

    @display("which", ordering="target_text")
    def which(self, entry: AuditEntry) -> str:
        return entry.target_text

    @display("what", ordering="action")
    def what(self, entry: AuditEntry) -> str:
        return action_words(entry.action)

    @display("changes")
    def what_changed(self, entry: AuditEntry) -> SafeString:
        return mark_safe(render_to_string("teams/admin/changes.html", {"changes": evidence_of(entry).changes}))  # noqa: S308 - a template escapes it


@site.panel(90)
def recent_changes(team: Team, actor: Actor, now: Any) -> Panel:
    """The latest entries of the audit."""
    entries = [evidence_of(entry) for entry in AuditEntry.objects.filter(team=team)[:RECENT]]
    return Panel("teams/admin/panel_audit.html", {"entries": entries, "now": timezone.localtime(now)})
