"""Who may be written to: addresses that are no member's say so once, and may have it stopped.

An address that an admin of the team enters is vouched for; one that a member or their key enters gets one mail that
asks, unless it is a member's own or of a domain in BELLHOP_MAIL_DOMAINS. BELLHOP_MAIL_CONFIRM_ALL asks for admins too.
"""

import logging
from collections.abc import Collection
from datetime import datetime
from functools import partial
from threading import Thread
from typing import Any, Literal

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.signing import BadSignature, Signer
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from channels_app.addresses import normal
from channels_app.contract import Spec
from integrations.models import MailAddress
from teams import audit, mails
from teams.access import Actor
from teams.limits import Limit
from teams.models import Membership, Role, Team
from teams.rates import Rate

log = logging.getLogger(__name__)

What = Literal["confirm", "unsubscribe"]
ASKED_BY_TEAM = Limit("asked-by-team", Rate(100, 86_400))
ASKED_ADDRESS = Limit("asked-address", Rate(5, 86_400))  # over all teams


def ask(actor: Actor, addresses: Collection[str], now: datetime) -> list[str]:
    """Have those of `addresses` asked that nobody vouches for; which ones wait for an answer.

    To be called within the transaction that stores them, with what was not there before. Each is mailed once, whoever
    enters it how often.
    """
    if not addresses:
        return []
    wanted = {normal(address) for address in addresses} - _known(actor.team.pk)
    strangers = [address for address in sorted(wanted) if not _of_the_operators_domains(address)]
    if _vouches(actor):
        _vouch(actor.team, strangers, now)
        return []
    known = {row.address: row for row in MailAddress.objects.filter(team=actor.team, address__in=strangers)}
    for address in strangers:
        row = known.get(address) or MailAddress.objects.create(team=actor.team, address=address, created_at=now)
        known[address] = row
        if row.asked_at is None and row.confirmed_at is None:
            _mail_once(actor, row, now)  # at the first time, unless a limit or trouble with mail was in the way
    return [address for address, row in known.items() if row.confirmed_at is None]


def stopped_since(since: datetime) -> list[tuple[int, str]]:
    """The (team, address in its normal form) that unsubscribed since then."""
    return list(MailAddress.objects.filter(stopped_at__gte=since).values_list("team_id", "address"))


def silent(team_ids: Collection[int], addresses: Collection[str]) -> dict[tuple[int, str], str]:
    """Those that must not be written to: (team, address in its normal form) -> `unsubscribed` or `unconfirmed`."""
    rows = MailAddress.objects.filter(team__in=team_ids, address__in={normal(address) for address in addresses})
    found = {
        (row.team_id, row.address): "unsubscribed" if row.stopped_at else "unconfirmed"
        for row in rows
        if row.stopped_at or not row.confirmed_at
    }
    asked = {team for (team, _), why in found.items() if why == "unconfirmed"}
    # Whoever was asked and joined the team since then needs to answer no more.
    joined = {(team, address) for team in asked for address in _known(team)}
    return {place: why for place, why in found.items() if why == "unsubscribed" or place not in joined}


def silent_of(team_id: int, kind: Spec, settings: Any) -> frozenset[str]:
    """Those of a stored integration's recipients that must not be written to, in their normal form."""
    recipients = kind.recipients(settings)
    return frozenset(address for _, address in silent([team_id], recipients)) if recipients else frozenset()


def silent_for(actor: Actor, kind: Spec, settings: Any) -> frozenset[str]:
    """The same of what `actor` typed: strangers to the team as well, which would be asked once it was stored."""
    closed = silent_of(actor.team.pk, kind, settings)
    if _vouches(actor):
        return closed
    typed = {normal(address) for address in kind.recipients(settings)}
    agreed = MailAddress.objects.filter(team=actor.team, address__in=typed).exclude(confirmed_at=None)
    strange = typed - _known(actor.team.pk) - set(agreed.values_list("address", flat=True))
    return closed | {address for address in strange if not _of_the_operators_domains(address)}


def link(what: What, team_slug: str, address: str) -> str:
    """The page that does it, by POST."""
    return f"{settings.BELLHOP_BASE_URL}{reverse(f'mail_{what}', args=[_token(what, team_slug, address)])}"


def read_token(what: What, token: str) -> tuple[Team, str] | None:
    """Whom a link is of; None where we did not make it, or the team is gone."""
    try:
        slug, address = _signer(what).unsign_object(token)
    except (BadSignature, ValueError):
        return None
    team = Team.objects.filter(slug=slug).first()
    return (team, address) if team else None


@transaction.atomic
def confirm(team: Team, address: str, now: datetime) -> None:
    """The address wants the team's mail, also after it had it stopped. Twice changes nothing."""
    row, _ = MailAddress.objects.select_for_update().get_or_create(team=team, address=normal(address))
    if row.confirmed_at is None or row.stopped_at is not None:
        row.confirmed_at, row.stopped_at = row.confirmed_at or now, None
        row.save(update_fields=["confirmed_at", "stopped_at"])
        audit.record(Actor.system(team, via="link"), "address.confirmed", row)


@transaction.atomic
def unsubscribe(team: Team, address: str, now: datetime) -> None:
    """The address wants no more mail of the team. Twice changes nothing."""
    row, _ = MailAddress.objects.select_for_update().get_or_create(team=team, address=normal(address))
    if row.stopped_at is None:
        row.confirmed_at, row.stopped_at = row.confirmed_at or now, now
        row.save(update_fields=["confirmed_at", "stopped_at"])
        audit.record(Actor.system(team, via="link"), "address.unsubscribed", row)


def _vouches(actor: Actor) -> bool:
    return actor.role == Role.ADMIN and not settings.BELLHOP_MAIL_CONFIRM_ALL


def _vouch(team: Team, addresses: Collection[str], now: datetime) -> None:
    """An admin's word counts as theirs, but not against their own no."""
    MailAddress.objects.filter(team=team, address__in=addresses, confirmed_at=None).update(confirmed_at=now)
    rows = [MailAddress(team=team, address=each, confirmed_at=now, created_at=now) for each in addresses]
    MailAddress.objects.bulk_create(rows, ignore_conflicts=True)


def _known(team: int) -> set[str]:
    people = Membership.objects.filter(team=team, user__is_active=True).values_list("user__email", flat=True)
    return {normal(email) for email in people}


def _of_the_operators_domains(address: str) -> bool:
    domain = _domain_of(address)
    return any(name == "*" or domain == _domain_of(f"@{name}") for name in settings.BELLHOP_MAIL_DOMAINS)


def _domain_of(address: str) -> str:
    return normal(address).rpartition("@")[2]


def _mail_once(actor: Actor, row: MailAddress, now: datetime) -> None:
    if not mails.are_sent() or not ASKED_BY_TEAM.take(str(actor.team.pk), now):
        return
    if not ASKED_ADDRESS.take(row.address, now):
        return
    row.asked_at = now
    row.save(update_fields=["asked_at"])
    context: dict[str, object] = {"actor": actor.text, "team": actor.team, "base": settings.BELLHOP_BASE_URL}
    context["link"] = link("confirm", actor.team.slug, row.address)
    body = render_to_string("integrations/mail/confirm.txt", context)
    subject = " ".join(f"Do you want the alerts of {actor.team} by mail?".split())
    message = EmailMessage(subject, body, to=[row.address])
    transaction.on_commit(partial(_begin, message, row.pk))


def _begin(message: EmailMessage, pk: int) -> None:
    try:
        Thread(target=_send, args=(message, pk), name="confirm-mail").start()
    except RuntimeError as none_left:
        _not_asked(pk, none_left)


def _send(message: EmailMessage, pk: int) -> None:
    try:
        message.send()
    except Exception as trouble:  # noqa: BLE001 - any backend may be configured
        _not_asked(pk, trouble)
    finally:
        connection.close()


def _not_asked(pk: int, trouble: Exception) -> None:
    """The address is asked when it is entered again."""
    log.error("A mail that asks for consent could not be sent: %s", type(trouble).__name__)
    MailAddress.objects.filter(pk=pk, confirmed_at=None).update(asked_at=None)


def _token(what: What, team_slug: str, address: str) -> str:
    return _signer(what).sign_object([team_slug, normal(address)])


def _signer(what: What) -> Signer:
    return Signer(sep=".", salt=f"bellhop.integrations.consent.{what}")
