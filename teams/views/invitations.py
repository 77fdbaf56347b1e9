"""The page of an invitation: anybody with the link sees it, the invited may accept it."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from teams import services
from teams.errors import Conflict, TooOften
from teams.forms import JoinForm, saved
from teams.invitations import InvitationDead, find
from teams.limits import ACCEPTING_ADDRESS, client_address
from teams.models import Invitation, Membership, User
from teams.pages import refused


@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows who invites where to; POST accepts. Whatever is unknown or over is one and the same page."""
    now = timezone.now()
    try:
        if request.method == "POST":
            _take_turn(request, now)
            return _answer(request, find(token, now), token, now)
        return _show(request, find(token, now), JoinForm())
    except InvitationDead:
        return render(request, "teams/invitation_dead.html", status=404)
    except (Conflict, PermissionDenied, TooOften) as refusal:
        return refused(request, refusal)


def _take_turn(request: HttpRequest, now: datetime) -> None:
    if not ACCEPTING_ADDRESS.take(client_address(request), now):
        wait = ACCEPTING_ADDRESS.seconds_left(now)
        raise TooOften(f"Too many attempts. Try again in {-(-wait // 60)} min.", wait)


def _answer(request: HttpRequest, invitation: Invitation, token: str, now: datetime) -> HttpResponse:
    if isinstance(request.user, User):
        return _welcome(request, services.accept_invitation(token, request.user, now))
    if _has_account(invitation):
        return redirect_to_login(request.get_full_path())
    form = JoinForm(request.POST)
    membership = saved(form, lambda asked: services.accept_as_new(token, asked["name"], asked["password"], now))
    if membership is None:
        return _show(request, invitation, form, 422)
    login(request, membership.user)
    return _welcome(request, membership)


def _show(request: HttpRequest, invitation: Invitation, form: JoinForm, status: int = 200) -> HttpResponse:
    user = request.user
    if isinstance(user, User):
        situation = "accept" if user.email.lower() == invitation.email else "other"
    else:
        situation = "login" if _has_account(invitation) else "new"
    context = {"invitation": invitation, "form": form, "situation": situation, "path": request.get_full_path()}
    return render(request, "teams/invitation.html", context, status=status)


def _has_account(invitation: Invitation) -> bool:
    return User.objects.with_email(invitation.email).exists()


def _welcome(request: HttpRequest, membership: Membership) -> HttpResponse:
    messages.success(request, f"Welcome to {membership.team}.")
    return redirect("team_home", membership.team.slug)
