"""What commands do, and what is answered. What may be done is decided where pages have it decided too."""

import re
from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError

from alerts.models import Alert, AlertEvent
from alerts.selectors import mutes_on
from alerts.sentences import scope_of
from alerts.services import acting, mutes
from channels_app.hearing import Answer
from deliveries.hearing import codes, people
from deliveries.hearing.asking import Asked, refusal_of, unlinked
from deliveries.hearing.commands import Command, NoCommand, Verb, minutes_of, parse
from deliveries.hearing.finding import number_meant
from deliveries.hearing.reading import help_of, list_of, over_words, time_words, unknown, who_is
from deliveries.models import ChatIdentity
from teams.access import Actor, Permission, require
from teams.errors import Conflict, texts_of

ACTIONS: dict[Verb, str] = {
    Verb.ACK: "acknowledge",
    Verb.UNACK: "unacknowledge",
    Verb.ASSIGN: "assign",
    Verb.CLOSE: "close",
    Verb.NOTE: "note",
}
_PERSON = re.compile(r"<@([A-Za-z0-9._-]+)(?:\|[^>]*)?>")
_MAILTO = re.compile(r"<mailto:([^|>\s]+)(?:\|[^>]*)?>")


def answer_to(asked: Asked) -> Answer:
    """Do what is asked, within the caller's transaction, and say what became of it."""
    try:
        command = parse(asked.heard.words, number_meant(asked.heard, asked.place))
        refusal = refusal_of(asked, command.verb)
        return refusal or DEEDS[command.verb](asked, command)
    except NoCommand as unclear:
        return Answer(str(unclear), more="Say “/bellhop help” for what can be said.")
    except (Conflict, PermissionDenied) as refused:
        return Answer(str(refused) or "You may not do this.")
    except ValidationError as wrong:
        return Answer(_texts(wrong))


def _act(asked: Asked, command: Command) -> Answer:
    """What is done to one alert: several are heard as several (see obeying)."""
    actor = _actor(asked)
    require(actor, Permission.ACT)
    fields, number = _fields(asked, command), command.numbers[0]
    alert = asked.alert(number)
    if alert is None:
        return Answer(unknown(number))
    try:
        event = acting.act(actor, alert, ACTIONS[command.verb], fields, asked.now)
    except Conflict:
        return Answer(_over(asked, alert))
    if event is None:
        return Answer(_already(command.verb, asked.alert(number) or alert))  # somebody may have been faster
    return Answer(_done(asked.who, command.verb, alert, event), done=True, for_all=True)


def _fields(asked: Asked, command: Command) -> dict[str, str]:
    if command.verb is Verb.ASSIGN:
        return {"to": _assignee(asked, command.rest)}
    return {"text": command.rest, "reason": command.rest}


def _assignee(asked: Asked, rest: str) -> str:
    """The e-mail of whom an alert is given to: oneself, a linked person, or whoever has that address."""
    named, mail = _PERSON.fullmatch(rest), _MAILTO.fullmatch(rest)
    if named:
        user = asked.user_of(named[1])
        if user is None:
            raise NoCommand("This person is not linked with a member: give the e-mail address instead.")
        return user.email
    if rest.lower() not in ("", "me"):
        return mail[1] if mail else rest
    if asked.actor is None or asked.actor.user is None:
        raise NoCommand("Nobody proves here who they are: say whom to give it to, by e-mail address.")
    return asked.actor.user.email


def _mute(asked: Asked, command: Command) -> Answer:
    """Its test, or its rule where it is about none."""
    actor, alert = _actor(asked), asked.alert(command.numbers[0])
    require(actor, Permission.ACT)
    minutes = minutes_of(command.rest)
    if alert is None:
        return Answer(unknown(command.numbers[0]))
    thing = {"test": alert.test} if alert.test else {"rule": alert.rule}
    until = asked.now.timestamp() + minutes * 60 if minutes else float("inf")
    for each in mutes_on(asked.place.team, asked.now).filter(**thing):
        if each.until is None or each.until.timestamp() >= until:
            return Answer(f"Alerts of {scope_of(each)} are muted {_until(asked, each.until)} already.")
    made = mutes.mute(actor, {**thing, "minutes": minutes}, asked.now)
    text = f"{asked.who} has muted alerts of {scope_of(made)} {_until(asked, made.until)}."
    return Answer(text, done=True, for_all=True)


def _unmute(asked: Asked, command: Command) -> Answer:
    actor, alert = _actor(asked), asked.alert(command.numbers[0])
    require(actor, Permission.ACT)
    if alert is None:
        return Answer(unknown(command.numbers[0]))
    thing = {"test": alert.test} if alert.test else {"rule": alert.rule}
    found = list(mutes_on(asked.place.team, asked.now).filter(**thing))
    name = f"test {alert.test.name}" if alert.test else f"rule {alert.rule.name}"
    if not found:
        return Answer(f"Alerts of {name} are not muted by themselves.")
    for each in found:
        mutes.end_mute(actor, each, asked.now)
    return Answer(f"{asked.who} has ended the mute of {name}.", done=True, for_all=True)


def _link(asked: Asked, command: Command) -> Answer:
    if asked.actor is None:
        aloud = command.rest and people.is_overheard(asked.place.through)
        return _linked_by(asked, command.rest) if aloud else unlinked(asked)
    return Answer(f"You are linked as {asked.actor.text} already. Say “unlink” first to become somebody else.")


def _linked_by(asked: Asked, code: str) -> Answer:
    """Who says the code that a member's page shows is that member."""
    place, person = asked.place, asked.heard.person
    user = codes.user_of(code, place.through, person, asked.now)
    if not codes.use_up(code, asked.now) or user is None:
        return Answer("This code is no good: it works once, for who asked for its link. Say “/bellhop link” again.")
    people.connect(user, place.through, person, asked.now)
    return Answer(f"You are linked as {user} now.", done=True)


def _unlink(asked: Asked, command: Command) -> Answer:
    place, person = asked.place, asked.heard.person
    identity = ChatIdentity.objects.filter(
        team=place.team, key=place.through.hears_key, workspace=person.workspace, person=person.id
    ).first()
    if identity is None or asked.actor is None:
        return Answer("You are not linked.")
    people.disconnect(asked.actor, identity, asked.now)
    return Answer("You are not linked any more.", done=True)


def _actor(asked: Asked) -> Actor:
    """Whoever is nobody was refused before."""
    if asked.actor is None:
        raise PermissionDenied
    return asked.actor


def _over(asked: Asked, alert: Alert) -> str:
    alert.refresh_from_db(fields=["state", "cleared_at", "cleared_reason"])
    return f"#{alert.number} is {over_words(asked, alert)}. Nothing changed."


def _already(verb: Verb, alert: Alert) -> str:
    match verb:
        case Verb.ACK:
            by = f" by {alert.acknowledged_by_text}" if alert.acknowledged_by_text else ""
            return f"#{alert.number} was acknowledged{by} already."
        case Verb.UNACK:
            return f"#{alert.number} was not acknowledged."
        case Verb.ASSIGN:
            return f"#{alert.number} was {alert.assigned_to or 'theirs'}’s already."
        case _:
            return f"#{alert.number} says this already."


def _done(who: str, verb: Verb, alert: Alert, event: AlertEvent) -> str:
    which = f"#{alert.number}: {alert.about}"
    match verb:
        case Verb.ACK:
            return f"{who} has acknowledged {which}"
        case Verb.UNACK:
            return f"{who} has taken the acknowledgement back of {which}"
        case Verb.ASSIGN:
            return f"{who} has assigned {which}, to {event.detail['name']}"
        case Verb.NOTE:
            return f"{who} has added a note to {which}"
        case _:
            return f"{who} has closed {which}"


def _until(asked: Asked, until: datetime | None) -> str:
    return f"until {time_words(asked, until)}" if until else "until somebody ends it"


def _texts(wrong: ValidationError) -> str:
    return " ".join(text for texts in texts_of(wrong).values() for text in texts)


DEEDS: dict[Verb, Callable[[Asked, Command], Answer]] = {
    **dict.fromkeys(ACTIONS, _act),
    Verb.LIST: list_of,
    Verb.WHO: who_is,
    Verb.HELP: help_of,
    Verb.MUTE: _mute,
    Verb.UNMUTE: _unmute,
    Verb.LINK: _link,
    Verb.UNLINK: _unlink,
}
