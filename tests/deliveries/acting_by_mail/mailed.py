"""Mails as they went out, and the links in them."""

import re
from datetime import datetime
from html import unescape
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives

from alerts.models import Alert
from deliveries.mail_actions import KEPT_FOR, Asked, address_of, read_token
from teams.models import User
from tests.deliveries.stage import send_all

BASE = "https://bell.example"
ALL = ["acknowledge", "assign", "close"]


def mailed(now: datetime) -> EmailMultiAlternatives:
    """The one mail that goes out."""
    send_all(now)
    (found,) = mail.outbox
    assert isinstance(found, EmailMultiAlternatives)
    return found


def html_of(sent: EmailMultiAlternatives) -> str:
    ((page, _),) = sent.alternatives
    return str(page)


def addresses_in(text: str) -> list[str]:
    return re.findall(rf"{BASE}/[^\s\"<>]*", unescape(text))


def paths_in(sent: EmailMessage) -> set[str]:
    """All that the text, the HTML and the headers of a mail lead to at home."""
    texts = [str(sent.body), *map(str, sent.extra_headers.values())]
    texts += [html_of(sent)] if isinstance(sent, EmailMultiAlternatives) else []
    return {each.removeprefix(BASE) for text in texts for each in addresses_in(text)}


def links(sent: EmailMessage) -> dict[str, str]:
    """The deeds that an alert's mail offers, the same in both its parts, and their paths."""
    assert isinstance(sent, EmailMultiAlternatives)
    found = [[each for each in addresses_in(text) if "/mail/act/" in each] for text in (str(sent.body), html_of(sent))]
    assert found[0] == found[1]
    paths = [each.removeprefix(BASE) for each in found[0]]
    return {asked.action: path for path in paths if (asked := read_token(path.split("/")[-2]))}


def link(alert: Alert, person: User, action: str, now: datetime, **changes: Any) -> str:
    """The path of a link as a mail to that person holds it, or one with `changes` of what it asks."""
    asked = Asked(alert.team.slug, alert.number, person.email, action, now + KEPT_FOR)
    return address_of(asked._replace(**changes)).removeprefix(BASE)
