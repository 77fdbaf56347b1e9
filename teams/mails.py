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

from teams.limits import INVITED_ACCOUNT
from teams.models import Invitation, User

logger = logging.getLogger(__name__)


def password_link(user: User) -> str:
    """Where the user may set a new password: good once, until the next login, for PASSWORD_RESET_TIMEOUT."""
    uid, token = urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)
    return f"{settings.BELLHOP_BASE_URL}{reverse('password_reset_confirm', args=[uid, token])}"


def password_mail(user: User) -> EmailMessage:
    """The mail with that link."""
    context = {"user": user, "link": password_link(user), "base": settings.BELLHOP_BASE_URL}
    body = render_to_string("teams/mail/password.txt", context)
    return EmailMessage("Set a new password for Bellhop", body, to=[user.email])


def send_password_link(user: User) -> None:
    """Send the mail without holding up the request, so that its time tells nobody whether the account exists."""
    Thread(target=_send, args=(password_mail(user),), name="password-mail").start()


def are_sent() -> bool:
    """Whether the operator set where mails go; the console is no such place, for links do not belong into logs."""
    return not settings.EMAIL_BACKEND.endswith(".console.EmailBackend")


def invitation_link(token: str) -> str:
    return f"{settings.BELLHOP_BASE_URL}{reverse('invitation', args=[token])}"


def send_invitation(invitation: Invitation, token: str) -> bool:
    """Mail the link to the invited, beside the request; False where no mails are sent. Nobody is mailed without end."""
    if not are_sent():
        return False
    if INVITED_ACCOUNT.take(invitation.email, invitation.created_at):
        context = {"invitation": invitation, "link": invitation_link(token), "base": settings.BELLHOP_BASE_URL}
        subject = " ".join(f"{invitation.inviter} invites you to {invitation.team} on Bellhop".split())
        message = EmailMessage(subject, render_to_string("teams/mail/invitation.txt", context), to=[invitation.email])
        Thread(target=_send, args=(message,), name="invitation-mail").start()
    return True


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception as error:  # noqa: BLE001 - any backend may be configured, and its words may hold the link
        logger.error("A mail to a person could not be sent: %s", type(error).__name__)
