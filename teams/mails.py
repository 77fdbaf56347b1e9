"""Mails to people about their own account. Links hold BELLHOP_BASE_URL only, never the Host header of a request."""

import logging
from threading import Thread

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from teams.models import User

logger = logging.getLogger(__name__)


def password_link(user: User) -> str:
    """Where the user may set a new password: good once, until the next login, for PASSWORD_RESET_TIMEOUT."""
    uid, token = urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)
    return f"{settings.BELLHOP_BASE_URL}{reverse('password_reset_confirm', args=[uid, token])}"


def password_mail(user: User, team_name: str = "") -> EmailMessage:
    """The mail with that link; `team_name` for people whom a team has just added."""
    context = {"user": user, "link": password_link(user), "team_name": team_name, "base": settings.BELLHOP_BASE_URL}
    subject = f"You were added to {team_name} on Bellhop" if team_name else "Set a new password for Bellhop"
    body = render_to_string("teams/mail/password.txt", context)
    return EmailMessage(" ".join(subject.split()), body, to=[user.email])


def send_password_link(user: User, team_name: str = "") -> None:
    """Send the mail without holding up the request, so that its time tells nobody whether the account exists."""
    Thread(target=_send, args=(password_mail(user, team_name),), name="password-mail").start()


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except OSError as error:
        logger.error("A password mail could not be sent: %s", type(error).__name__)
