"""The API keys of a team."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from teams import services
from teams.access import Actor, Permission
from teams.forms import KeyForm, saved
from teams.models import Team
from teams.pages import team_page
from teams.selectors import api_keys

MOST_KEYS = 200


@team_page(Permission.MANAGE)
def keys(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """The keys that work, with `?all=1` also those that are over. POST makes one and shows it, this once."""
    form, now = KeyForm(request.POST or None), timezone.now()
    if request.method == "POST":
        made = saved(
            form,
            lambda asked: services.create_api_key(actor, team, asked["name"], asked["role"], asked["expires_at"], now),
        )
        if made is not None:
            return render(request, "teams/team/new_key.html", {"key": made[0], "plain": made[1]})
    everything = bool(request.GET.get("all"))
    found = list(api_keys(team, now, everything)[: MOST_KEYS + 1])
    context = {
        "form": form,
        "keys": found[:MOST_KEYS],
        "more": len(found) > MOST_KEYS,
        "now": now,
        "everything": everything,
    }
    return render(request, "teams/team/keys.html", context, status=422 if form.errors else 200)


@team_page(Permission.MANAGE)
def revoke_key(request: HttpRequest, team: Team, actor: Actor, key_id: int) -> HttpResponse:
    """Says what revoking does, and does it on POST."""
    key = get_object_or_404(team.api_keys.select_related("maker"), pk=key_id)
    if request.method != "POST":
        return render(request, "teams/team/revoke_key.html", {"key": key})
    services.revoke_api_key(actor, key, timezone.now())
    messages.success(request, f"The key {key.name} is revoked.")
    return redirect("team_keys", team.slug)
