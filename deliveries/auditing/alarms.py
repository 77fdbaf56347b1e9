"""Tells operators what the auditor could not mend: in the log, and by mail to BELLHOP_OPERATORS.

What is mailed is in the rows: a mail that fails goes again at the next turn, one that went is not repeated for an hour.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet
from django.urls import reverse

from deliveries.auditing.beside import beside
from deliveries.auditing.words import SENTENCES
from deliveries.models import Finding, FindingKind

log = logging.getLogger(__name__)

MAIL_EVERY = timedelta(hours=1)


def tell(now: datetime) -> None:
    """Log what is open; mail what was not mailed in the last hour, beside the timers."""
    for finding in Finding.objects.filter(open__gt=0):
        log.error("%s", line(finding))
    if settings.BELLHOP_OPERATORS and _unmailed(now).exists():
        beside("operators-mail", lambda: mail(now))


def mail(now: datetime) -> bool:
    """One mail about all that is open and due to be mailed; whether it went."""
    findings = list(_unmailed(now))
    if not findings:
        return False
    try:
        _mail(findings).send()
    except OSError as error:
        log.error("The mail to operators could not be sent: %s; the next turn tries again", type(error).__name__)
        return False
    Finding.objects.filter(pk__in=[finding.pk for finding in findings]).update(mailed_at=now)
    return True


def line(finding: Finding) -> str:
    """A finding in one line, without a team's words."""
    examples = ", ".join(map(str, finding.examples))
    return f"{SENTENCES[FindingKind(finding.kind)]}: {finding.open} ({finding.kind}: {examples})"


def _unmailed(now: datetime) -> QuerySet[Finding]:
    due = Q(mailed_at=None) | Q(mailed_at__lte=now - MAIL_EVERY) | Q(mailed_at__gt=now)
    return Finding.objects.filter(due, open__gt=0)


def _mail(findings: Sequence[Finding]) -> EmailMessage:
    body = [
        "The auditor of Bellhop found what it cannot mend by itself:",
        "",
        *(f"- {line(finding)}, since {finding.first_at:%Y-%m-%d %H:%M} UTC at the earliest" for finding in findings),
        "",
        f"The state of the house: {settings.BELLHOP_BASE_URL}{reverse('admin:house')}",
        "What to do is in docs/operating.md. You get this again in an hour if it lasts.",
    ]
    subject = f"Bellhop: {len(findings)} {'thing needs' if len(findings) == 1 else 'things need'} an operator"
    return EmailMessage(subject, "\n".join(body), to=settings.BELLHOP_OPERATORS)
