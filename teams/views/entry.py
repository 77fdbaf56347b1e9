"""Login, logout, password reset, and the way into the team."""

from typing import Any

from django.contrib.auth import views as auth
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.cache import never_cache

from teams import forms, limits
from teams.access import Actor, teams_of
from teams.models import Team
from teams.pages import navigation, signed_in, team_page
from teams.selectors import my_teams
from teams.services.inputs import NAME_LENGTH
from teams.words import one_line

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

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.fields["new_password1"].widget.attrs["autofocus"] = True
        return form


class ResetDone(auth.PasswordResetCompleteView):
    template_name = "teams/login/reset_done.html"


def home(request: HttpRequest) -> HttpResponse:
    """The one team, or the list of several; the login form for whoever is nobody yet."""
    if not request.user.is_authenticated:
        return redirect("login")
    mine = list(teams_of(request.user)[:2])
    return redirect("team_home", mine[0].slug) if len(mine) == 1 else teams(request)


@never_cache
def teams(request: HttpRequest) -> HttpResponse:
    """The teams that the person belongs to, with the role in each; `?q=` looks for names."""
    text = one_line(request.GET.get("q", ""))[:NAME_LENGTH]
    found = list(my_teams(signed_in(request), text)[: MOST_TEAMS + 1])
    context = {"teams": found[:MOST_TEAMS], "more": len(found) > MOST_TEAMS, "text": text}
    return render(request, "teams/teams.html", context)


@team_page()
def team_home(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    return redirect(navigation(request)["navigation"][0]["url"])
