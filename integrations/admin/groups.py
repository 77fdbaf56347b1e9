"""Groups of integrations."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from integrations import groups as services
from integrations.group_form import MembersField, members
from integrations.grouping import usage_of
from integrations.models import Group, Integration
from integrations.usage import NAMED_RULES, now_tell_nobody
from teams.access import Actor
from teams.adminkit import Menu, TeamForm, TeamModelAdmin, display, site
from teams.words import listed


class GroupForm(TeamForm[Group]):
    """A group as its service wants it."""

    integrations = MembersField(Integration.objects.filter(builtin=False), required=False)

    class Meta:
        model = Group
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "integrations" in self.fields:
            self.initial["integrations"] = members(self.instance)


@admin.register(Group, site=site)
class GroupAdmin(TeamModelAdmin[Group]):
    """Destinations that go together."""

    form = GroupForm
    menu = Menu("Telling", "Groups", "workspaces", 15)
    can_archive = True
    ordering = ("name", "pk")
    fields = ("name", "integrations")
    list_display = ("name", "members_count", "rules_count")
    search_fields = ("name",)
    search_help_text = "Name"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        rows = super().get_queryset(request)
        live = Q(integrations__archived_at=None, integrations__isnull=False)
        told = Q(rules__archived_at=None, rules__isnull=False)
        return rows.annotate(
            member_count=Count("integrations", filter=live, distinct=True),
            rule_count=Count("rules", filter=told, distinct=True),
        )

    @display("integrations", ordering="member_count")
    def members_count(self, group: Any) -> int:
        return int(group.member_count)

    @display("integrations")
    def integrations(self, group: Group) -> str:
        return ", ".join(Integration.objects.of(group.team).filter(groups=group).values_list("name", flat=True))

    @display("ticked by rules", ordering="rule_count")
    def rules_count(self, group: Any) -> int:
        return int(group.rule_count)

    def create(self, actor: Actor, form: Any, formsets: list[Any], now: datetime) -> Group:
        return services.create(actor, **_asked(form), now=now)

    def update(self, actor: Actor, target: Group, form: Any, formsets: list[Any], now: datetime) -> None:
        services.update(actor, target, **_asked(form))

    def archive(self, actor: Actor, target: Group) -> None:
        services.delete(actor, target)

    def consequences(self, request: HttpRequest, target: Group) -> list[str]:
        usage = usage_of(target, NAMED_RULES)
        names = listed([rule.name for rule in usage.rules], NAMED_RULES, usage.total)
        told_by = f"These rules lose it: {names}." if names else "No rule ticks it."
        return [told_by, *([now_tell_nobody(usage.alone)] if usage.alone else []), "Its integrations stay."]


def _asked(form: Any) -> dict[str, Any]:
    return {"name": form.cleaned_data["name"], "integrations": list(form.cleaned_data["integrations"])}
