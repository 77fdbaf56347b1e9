"""The forms of the login pages. Their answers are the same whether an account exists or not."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from teams import limits, mails
from teams.models import User

WRONG = "The e-mail address or the password is wrong."
LIMITED = "limited"


def too_many(seconds: int) -> ValidationError:
    return ValidationError(f"Too many attempts. Try again in {-(-seconds // 60)} min.", code=LIMITED)


class LoginForm(AuthenticationForm):
    """Failed attempts are limited by address and by account; a login that succeeds counts for nothing."""

    username = forms.CharField(
        label="E-mail address",
        max_length=254,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username", "inputmode": "email"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {"invalid_login": WRONG, "inactive": WRONG}

    def clean(self) -> dict[str, Any]:
        if self.errors or self.request is None:
            return self.cleaned_data
        now = timezone.now()
        taken = [
            (limits.LOGIN_ADDRESS, limits.client_address(self.request)),
            (limits.LOGIN_ACCOUNT, self.cleaned_data["username"].lower()),
        ]
        for limit, subject in taken:
            if not limit.take(subject, now):
                raise too_many(limit.seconds_left(now))
        cleaned: dict[str, Any] = super().clean()
        for limit, subject in taken:
            limit.give_back(subject, now)
        return cleaned


class ResetForm(PasswordResetForm):
    """Asks for the link to set a password. An account gets few mails an hour, in silence."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )

    def save(self, *args: Any, **kwargs: Any) -> None:
        email = self.cleaned_data["email"].lower()
        within = limits.RESET_ACCOUNT.take(email, timezone.now())
        user = User.objects.with_email(email).filter(is_active=True).first()
        if user and within:
            mails.send_password_link(user)
        else:
            mails.password_mail(User(pk=0, email=email))  # the same work, so that time tells nothing
