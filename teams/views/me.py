"""One's own profile."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from teams import services
from teams.access import Actor
from teams.errors import TooOften
from teams.forms import PasswordForm, ProfileForm, ThemeForm, saved
from teams.models import Team, User
from teams.pages import next_of, refused, signed_in, team_page
from teams.readers import browser_zone, zones
from teams.selectors import PAGE, my_teams


@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """Name, time zone and theme; the password; one's teams."""
    user = signed_in(request)
    form = _profile_form(request, user)
    if request.method == "POST":
        # A copy: what is refused must not stand in the frame of the page.
        if saved(form, lambda asked: services.change_profile(User.objects.get(pk=user.pk), **asked)) is not None:
            messages.success(request, "Your profile is saved.")
            return redirect("me")
        return _page(request, user, form, PasswordForm(), 422)
    return _page(request, user, form, PasswordForm())


@never_cache
@require_POST
def my_password(request: HttpRequest) -> HttpResponse:
    """A new password; every other session ends."""
    user, form = signed_in(request), PasswordForm(request.POST)
    try:
        changed = saved(
            form, lambda asked: services.change_password(user, asked["current"], asked["password"], timezone.now())
        )
    except TooOften as refusal:
        return refused(request, refusal)
    if changed is None:
        return _page(request, user, _profile_form(request, user, typed=False), form, 422)
    update_session_auth_hash(request, changed)
    messages.success(request, "Your password is changed. You are logged out everywhere else.")
    return redirect("me")


@require_POST
def my_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark or as the system, and back to where one was."""
    saved(ThemeForm(request.POST), lambda asked: services.change_theme(signed_in(request), asked["theme"]))
    return redirect(next_of(request) or "me")


@team_page()
def leave(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """Says what leaving does, and does it on POST; the session in which one leaves goes on."""
    if request.method != "POST":
        return render(request, "teams/team/leave.html")
    services.leave_team(actor, timezone.now())
    user = signed_in(request)
    user.refresh_from_db()
    update_session_auth_hash(request, user)
    messages.success(request, f"You are no member of {team} any more.")
    return redirect("me")


def _profile_form(request: HttpRequest, user: User, typed: bool = True) -> ProfileForm:
    known = {"name": user.name, "time_zone": user.time_zone, "theme": user.theme}
    posted = request.POST if typed and request.method == "POST" else None
    return ProfileForm(posted, initial=known, browser_zone=browser_zone(request))


def _page(
    request: HttpRequest, user: User, profile: ProfileForm, password: PasswordForm, status: int = 200
) -> HttpResponse:
    teams = list(my_teams(user)[: PAGE + 1])
    context = {
        "profile": profile,
        "password": password,
        "zones": sorted(zones()),
        "teams": teams[:PAGE],
        "more": len(teams) > PAGE,
    }
    return render(request, "teams/me.html", context, status=status)
