"""The people of a team, and the invitations to it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from teams import mails, services
from teams.access import Actor, Permission
from teams.forms import InvitationForm, RoleForm, saved
from teams.models import Membership, Team
from teams.pages import team_page
from teams.selectors import PAGE, pending_invitations, people
from teams.words import one_line

MOST_INVITATIONS = 500


@team_page()
def team(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """Who belongs to the team; `?q=` looks for names, `?after=` is the last address of the page before."""
    return _people(request, team, actor, InvitationForm())


@require_POST
@team_page(Permission.MANAGE)
def invite(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """Invites, and shows the link, this once."""
    form = InvitationForm(request.POST)
    now = timezone.now()
    made = saved(form, lambda asked: services.invite(actor, asked["email"], asked["role"], now))
    if made is None:
        return _people(request, team, actor, form, 422)
    invitation, token = made
    mailed = mails.send_invitation(invitation, token)
    context = {"invitation": invitation, "link": mails.invitation_link(token), "mailed": mailed}
    return render(request, "teams/team/invited.html", context)


@require_POST
@team_page(Permission.MANAGE)
def revoke_invitation(request: HttpRequest, team: Team, actor: Actor, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(team.invitations, pk=invitation_id)
    services.revoke_invitation(actor, invitation, timezone.now())
    messages.success(request, f"The invitation of {invitation.email} is revoked.")
    return redirect("team", team.slug)


@team_page(Permission.MANAGE)
def person(request: HttpRequest, team: Team, actor: Actor, membership_id: int) -> HttpResponse:
    """One member's role."""
    membership = _membership(team, membership_id)
    form = RoleForm(request.POST or None, initial={"role": membership.role})
    if request.method != "POST":
        return render(request, "teams/team/person.html", {"form": form, "membership": membership})
    now = timezone.now()
    changed = saved(form, lambda asked: services.change_role(actor, membership, asked["role"], now))
    if changed is None:
        return render(request, "teams/team/person.html", {"form": form, "membership": membership}, status=422)
    messages.success(request, f"{changed.user} is {_as(changed)} of {team} now.")
    return redirect("team", team.slug)


@team_page(Permission.MANAGE)
def remove_person(request: HttpRequest, team: Team, actor: Actor, membership_id: int) -> HttpResponse:
    """Says what removing does, and does it on POST."""
    membership = _membership(team, membership_id)
    if request.method != "POST":
        return render(request, "teams/team/remove.html", {"membership": membership})
    services.remove_member(actor, membership, timezone.now())
    messages.success(request, f"{membership.user} is no member of {team} any more.")
    return redirect("home") if membership.user == actor.user else redirect("team", team.slug)


def _as(membership: Membership) -> str:
    return f"an {membership.role}" if membership.role[0] in "aeiou" else f"a {membership.role}"


def _membership(team: Team, membership_id: int) -> Membership:
    return get_object_or_404(team.memberships.select_related("user"), pk=membership_id)


def _people(request: HttpRequest, team: Team, actor: Actor, form: InvitationForm, status: int = 200) -> HttpResponse:
    text, after = (one_line(request.GET.get(name, ""))[:254] for name in ("q", "after"))
    found = list(people(team, text, after)[: PAGE + 1])
    context: dict[str, Any] = {
        "members": found[:PAGE],
        "next": found[PAGE - 1].user.email if len(found) > PAGE else "",
        "text": text,
        "paged": bool(text or after or len(found) > PAGE),
        "form": form,
    }
    if actor.may(Permission.MANAGE):
        context["invitations"] = pending_invitations(team, timezone.now())[:MOST_INVITATIONS]
    return render(request, "teams/team/people.html", context, status=status)
