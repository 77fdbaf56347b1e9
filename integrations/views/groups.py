"""Groups of integrations: the list, one with its ticks, Test for all of it, and deletion."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations import groups as services
from integrations.group_form import GroupForm
from integrations.grouping import groups_of, members_of, usage_of
from integrations.models import Group
from integrations.standing import standings_of
from integrations.usage import NAMED_RULES, now_tell_nobody
from integrations.views.place import LEVELS, show
from teams.access import Actor, Permission, require
from teams.forms import saved
from teams.models import Team
from teams.pages import team_page

NEW = "New group"


@team_page()
def groups(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """All groups of the team, who is in them, and how many rules tell each."""
    return show(request, "groups", "Groups", {"groups": groups_of(team)})


@team_page(Permission.EDIT)
def new(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """A name, and whom to tell."""
    form = GroupForm(team, data=request.POST if request.method == "POST" else None)
    if form.is_bound and (made := _saved(form, actor, None)):
        return _done(request, team, f"The group {made.name} is saved.")
    return show(request, "group", NEW, {"form": form}, 422 if form.errors else 200)


@team_page()
def edit(request: HttpRequest, team: Team, actor: Actor, group_id: int) -> HttpResponse:
    """Its ticks, and the rules that tell it; who may not edit reads them."""
    group = _own(team, group_id)
    if not actor.may(Permission.EDIT) and request.method != "POST":
        return show(request, "group_facts", group.name, _facts(group))
    require(actor, Permission.EDIT)
    form = GroupForm(team, group, request.POST if request.method == "POST" else None)
    if form.is_bound and (changed := _saved(form, actor, group)):
        return _done(request, team, f"The group {changed.name} is saved.")
    return show(request, "group", group.name, {"form": form, **_facts(group)}, 422 if form.errors else 200)


@team_page(Permission.EDIT)
@require_POST
def test(request: HttpRequest, team: Team, actor: Actor, group_id: int) -> HttpResponse:
    """Send a marked message to all of it; what each destination answered."""
    group = _own(team, group_id)
    results = services.test(actor, group, timezone.now())
    good = sum(result.ok for _, result in results)
    return show(request, "group_tested", f"Test of {group.name}", {"group": group, "results": results, "good": good})


@team_page(Permission.EDIT)
def delete(request: HttpRequest, team: Team, actor: Actor, group_id: int) -> HttpResponse:
    """GET says what it will do; POST does it."""
    group = _own(team, group_id)
    usage = usage_of(group, NAMED_RULES)
    if request.method != "POST":
        return show(request, "group_delete", f"Delete {group.name}?", {"group": group, "usage": usage})
    services.delete(actor, group)
    left = f" {now_tell_nobody(usage.alone)}" if usage.alone else ""
    return _done(request, team, f"The group {group.name} is deleted.{left}", "warning" if left else "success")


def _saved(form: GroupForm, actor: Actor, group: Group | None) -> Group | None:
    """As the service took it; None when something was wrong, which the form then says."""

    def deed(asked: dict[str, Any]) -> Group:
        given = {"name": asked["name"], "integrations": list(asked["integrations"])}
        if group is not None:
            return services.update(actor, group, **given)
        return services.create(actor, **given, now=timezone.now())

    return saved(form, deed)


def _facts(group: Group) -> dict[str, object]:
    rows = list(members_of(group))
    standings = standings_of(rows, timezone.now())
    return {
        "group": group,
        "members": [(each, standings[each.pk]) for each in rows],
        "usage": usage_of(group, NAMED_RULES),
    }


def _done(request: HttpRequest, team: Team, text: str, tone: str = "success") -> HttpResponse:
    messages.add_message(request, LEVELS[tone], text)
    return redirect("groups", team.slug)


def _own(team: Team, group_id: int) -> Group:
    return get_object_or_404(groups_of(team), pk=group_id)
