"""Who is who in chats: the page of a link by which a member confirms it, and the list of those who did."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from channels_app.registry import name_of
from deliveries.hearing import codes, links, people
from deliveries.hearing.links import Claim
from teams.access import Actor
from teams.models import Team, User
from teams.pages import signed_in, team_page

MOST = 500


@team_page()
def chat_people(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """One's own identities in chats, or those of all for who manages people."""
    found = list(people.identities_of(actor).order_by("user__email", "kind", "pk")[: MOST + 1])
    rows = [(each, name_of(each.kind)) for each in found[:MOST]]
    return render(request, "deliveries/chat/people.html", {"rows": rows, "more": len(found) > MOST})


@team_page()
def chat_link(request: HttpRequest, team: Team, actor: Actor, token: str) -> HttpResponse:
    """Names both, and links them on POST, or says what is to be said in the room; says so where the link is over."""
    claim, now, user = links.read(team, token), timezone.now(), signed_in(request)
    if claim is None:
        raise Http404("There is no such page.")
    chat = name_of(claim.integration.kind)
    linked = people.identity_of(claim.integration, claim.person) == user
    if request.method == "POST" and not linked:
        people.accept(user, claim, now)
        messages.success(request, f"You are linked with {chat}: what you do there is done as you.")
        return redirect("chat_people", team.slug)
    people.refuse_taken(actor, claim.integration, claim.person)
    code = _code(user, claim)
    over = not linked and (links.is_over(claim, now) or codes.is_used_up(code))
    context = {"claim": claim, "chat": chat, "linked": linked, "over": over, "code": code}
    return render(request, "deliveries/chat/link.html", context)


def _code(user: User, claim: Claim) -> str:
    """What the person has to say in the room; empty where a press is enough."""
    aloud = people.is_overheard(claim.integration)
    return codes.code_for(user, claim.integration, claim.person, claim.until) if aloud else ""


@require_POST
@team_page()
def chat_unlink(request: HttpRequest, team: Team, actor: Actor, identity_id: int) -> HttpResponse:
    """Takes a link away."""
    identity = get_object_or_404(people.identities_of(actor), pk=identity_id)
    people.disconnect(actor, identity, timezone.now())
    messages.success(request, f"{identity.user} is not linked with {name_of(identity.kind)} as {identity} any more.")
    return redirect("chat_people", team.slug)
