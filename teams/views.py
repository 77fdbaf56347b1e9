"""Login, logout, password reset, and the way into the team."""

from typing import Any

from django.contrib.auth import views as auth
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone

from teams import forms, limits
from teams.access import Actor, Permission, teams_of
from teams.models import Team
from teams.pages import navigation, team_page

MOST_TEAMS = 500


class Limited:
    """Answers 429 where the form was refused for too many attempts."""

    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        if form.has_error("__all__", code=forms.LIMITED):
            response.status_code = 429
        return response


class Login(Limited, auth.LoginView):
    form_class = forms.LoginForm
    template_name = "teams/login/login.html"
    redirect_authenticated_user = True


class Reset(Limited, auth.PasswordResetView):
    form_class = forms.ResetForm
    template_name = "teams/login/reset.html"
    success_url = reverse_lazy("password_reset_done")

    def form_valid(self, form: Any) -> HttpResponse:
        now = timezone.now()
        if not limits.RESET_ADDRESS.take(limits.client_address(self.request), now):
            form.add_error(None, forms.too_many(limits.RESET_ADDRESS.seconds_left(now)))
            return self.form_invalid(form)
        return super().form_valid(form)


class ResetSent(auth.PasswordResetDoneView):
    template_name = "teams/login/reset_sent.html"


class ResetConfirm(auth.PasswordResetConfirmView):
    template_name = "teams/login/reset_confirm.html"


class ResetDone(auth.PasswordResetCompleteView):
    template_name = "teams/login/reset_done.html"


def home(request: HttpRequest) -> HttpResponse:
    """The one team, or the list of several; the login form for whoever is nobody yet."""
    if not request.user.is_authenticated:
        return redirect("login")
    teams = list(teams_of(request.user)[:MOST_TEAMS])
    if len(teams) == 1:
        return redirect("team_home", teams[0].slug)
    return render(request, "teams/teams.html", {"teams": teams})


@team_page()
def team_home(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    return redirect(navigation(request)["navigation"][0]["url"])


@team_page()
def team(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """Who belongs to the team; for those who manage them, its keys too."""
    manages = actor.may(Permission.MANAGE)
    context = {
        "members": team.memberships.select_related("user").order_by("user__email"),
        "keys": team.api_keys.select_related("maker") if manages else None,
        "now": timezone.now(),
    }
    return render(request, "teams/team.html", context)
