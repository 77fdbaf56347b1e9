"""Who people in chats are: members of the team who confirmed it once, while they were logged in.

An identity holds for one team and one key, by which the remote proves its calls: whoever speaks through the app of
another team, or with another secret, is somebody else.
"""

import logging
import re
from datetime import datetime
from threading import Thread

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from channels_app.hearing import Person
from channels_app.registry import kind as kind_named
from channels_app.registry import name_of
from channels_app.text import line
from deliveries.hearing import once
from deliveries.hearing.links import SCOPE, Claim, token_for
from deliveries.models import ChatIdentity
from integrations.models import Integration
from teams import audit, mails
from teams.access import Actor, Permission, actor_for
from teams.errors import Conflict
from teams.models import User

log = logging.getLogger(__name__)

OVER = "This link is over: it works once, for ten minutes. Say “/bellhop link” in the chat for a new one."
OVERHEARD = "All of the room can read this link, so it links nobody by itself: say there what its page shows."
TAKEN = "Another member of the team is linked with this person already."
LONGEST = 100  # an id that is longer is not cut, since two could then be one
_PLAIN = re.compile(r"[^\w '-]+")


def is_knowable(integration: Integration, person: Person) -> bool:
    """Whether somebody can be known by this again: where a secret proves the calls, and the ids can be kept whole."""
    ids = (person.workspace, person.id)
    whole = all(len(each) <= LONGEST and each.isprintable() for each in ids)
    return bool(integration.hears_key and person.id) and whole


def is_overheard(integration: Integration) -> bool:
    """Whether others read what is answered there: a link, too."""
    hear = kind_named(integration.kind).hear
    return hear is not None and hear.overheard


def identity_of(integration: Integration, person: Person) -> User | None:
    """The user who confirmed to be that person; whether they are of the team still, `actor_for` says."""
    if not is_knowable(integration, person):
        return None
    found = _identities(integration, person).select_related("user").first()
    return found.user if found else None


def is_member(integration: Integration, person: Person) -> bool:
    """Whether that person is a member of the integration's team now."""
    user = identity_of(integration, person)
    return user is not None and actor_for(user, integration.team) is not None


def offer(integration: Integration, person: Person, now: datetime) -> str:
    """The page on which whoever opens it, logged in, confirms to be that person; empty where nobody can be known.

    It is good once, for ten minutes.
    """
    if not is_knowable(integration, person):
        return ""
    address = reverse("chat_link", args=[integration.team.slug, token_for(integration, person, now)])
    return f"{settings.BELLHOP_BASE_URL}{address}"


@transaction.atomic
def connect(user: User, integration: Integration, person: Person, now: datetime) -> ChatIdentity:
    """The user is that person from now on, and hears of it by mail. Twice changes nothing.

    Raises PermissionDenied for who is not of the team, and where another member is that person already.
    """
    actor = actor_for(user, integration.team, via="chat")
    if actor is None or not is_knowable(integration, person):
        raise PermissionDenied("You are no member of this team.")
    values = {"user": user, "kind": integration.kind, "name": line(person.name)[:LONGEST], "created_at": now}
    row, made = _identities(integration, person).get_or_create(
        defaults=values,
        team=integration.team,
        key=integration.hears_key,
        workspace=person.workspace,
        person=person.id,
    )
    if not made and not _take_over(row, actor, values):
        return row
    audit.record(actor, "chat_identity.linked", row, {"user": [None, user.email]})
    _mail(user, row)
    return row


@transaction.atomic
def accept(user: User, claim: Claim, now: datetime) -> ChatIdentity:
    """The user is the person of the link.

    Raises Conflict where the link is over or does not link by itself, and what `people.connect` raises.
    """
    if is_overheard(claim.integration):
        raise Conflict(OVERHEARD)
    if claim.until <= now or not once.take(SCOPE, claim.token, now):
        raise Conflict(OVER)
    return connect(user, claim.integration, claim.person, now)


def refuse_taken(actor: Actor, integration: Integration, person: Person) -> None:
    """Raise PermissionDenied where another member is that person already."""
    if is_member(integration, person) and identity_of(integration, person) != actor.user:
        raise PermissionDenied(TAKEN)


@transaction.atomic
def disconnect(actor: Actor, identity: ChatIdentity, now: datetime) -> None:
    """The user is that person no more. One's own, or anybody's for who manages people; else PermissionDenied."""
    if identity.team_id != actor.team.pk or not may_disconnect(actor, identity):
        raise PermissionDenied("This is somebody else's identity.")
    locked = ChatIdentity.objects.select_for_update(of=("self",)).select_related("user").filter(pk=identity.pk).first()
    if locked is not None:
        audit.record(actor, "chat_identity.unlinked", locked, {"user": [locked.user.email, None]})
        locked.delete()


def may_disconnect(actor: Actor, identity: ChatIdentity) -> bool:
    return actor.may(Permission.MANAGE) or (actor.user is not None and identity.user_id == actor.user.pk)


def identities_of(actor: Actor) -> QuerySet[ChatIdentity]:
    """Those that the actor may see: their own, or all of the team for who manages people.

    `heard` of each: an integration that is switched on has the secret that it was confirmed with.
    """
    hearing = Integration.objects.of(actor.team).filter(enabled=True, hears_key=OuterRef("key"))
    mine = ChatIdentity.objects.filter(team=actor.team).select_related("user").annotate(heard=Exists(hearing))
    return mine if actor.may(Permission.MANAGE) else mine.filter(user=actor.user)


def _identities(integration: Integration, person: Person) -> QuerySet[ChatIdentity]:
    return ChatIdentity.objects.filter(
        team=integration.team_id, key=integration.hears_key, workspace=person.workspace, person=person.id
    )


def _take_over(row: ChatIdentity, actor: Actor, values: dict[str, object]) -> bool:
    """Whether the identity is the actor's only now: that of who left the team is free."""
    row = ChatIdentity.objects.select_for_update(of=("self",)).select_related("user").get(pk=row.pk)
    if row.user == actor.user:
        return False
    if actor_for(row.user, actor.team) is not None:
        raise PermissionDenied(TAKEN)
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return True


def _mail(user: User, identity: ChatIdentity) -> None:
    """Names in chats are anybody's words: what could be an address or a sentence is left out."""
    if not mails.are_sent():
        return
    people = f"{settings.BELLHOP_BASE_URL}{reverse('chat_people', args=[identity.team.slug])}"
    chat, name = name_of(identity.kind), _PLAIN.sub("", identity.name)[:40].strip()
    context = {"user": user, "team": identity.team, "chat": chat, "name": name, "people": people}
    body = render_to_string("deliveries/mail/chat_linked.txt", context)
    subject = " ".join(f"You are linked with {chat} in the team {identity.team}".split())
    message = EmailMessage(subject, body, to=[user.email])
    transaction.on_commit(lambda: Thread(target=_send, args=(message,), name="chat-linked-mail").start())


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except OSError as error:
        log.error("A mail about a chat identity could not be sent: %s", type(error).__name__)
