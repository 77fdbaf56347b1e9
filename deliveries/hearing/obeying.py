"""What becomes of a call that is proven: its deed and the mark that it was heard are one transaction."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import Error as DatabaseFailure
from django.db import OperationalError, connection, transaction

from channels_app.hearing import Answer, Heard, Trust
from deliveries.hearing import commands, deeds, once, people
from deliveries.hearing.asking import asked_by
from deliveries.hearing.finding import Caller, places_of

log = logging.getLogger(__name__)

NEW_FOR = timedelta(hours=1)
NEW_FOR_SERVICES = timedelta(hours=72)  # they send again what did not arrive
CLOCKS_DIFFER = timedelta(hours=1)
TRIES = 3
TOO_OLD = Answer("This was said too long ago to be done now. Nothing changed; say it again if it is still meant.")
NOWHERE = Answer("Bellhop tells no alerts in this channel, so it cannot know which team is meant. Nothing changed.")
OVERTAKEN = Answer("This happened before what was heard already of the same alert. Nothing changed.")
SEVERAL = Answer("Several teams have their alerts told here. Use the buttons of the message. Nothing changed.")
FAILED = Answer("Bellhop could not do this just now, as far as it knows. Look at the alert, and try again.")


def obey(caller: Caller, heard: Heard, now: datetime) -> Answer | None:
    """Do what is heard and say what became of it; None where it was heard before, and nothing is done then.

    What fails leaves nothing behind, neither deed nor mark. Each of several alerts is a transaction of its own, since
    whoever holds one alert and waits for the next could stop the intake; what was done of them is not done again, and
    what failed is said of that one alone.
    """
    parts = _parts(heard)
    if not parts:
        return _alone(caller, heard, now, lambda: once.take(caller.scope, heard.once, now, _kept_for(caller)))
    answers = [_of_several(caller, number, heard, part, now) for number, part in parts.items()]
    said = [each for each in answers if each is not None]
    return _joined(said) if said else None


def deeds_of(heard: Heard) -> int:
    """How many deeds it asks for."""
    return len(_parts(heard)) or 1


def _of_several(caller: Caller, number: int, whole: Heard, heard: Heard, now: datetime) -> Answer | None:
    def is_first() -> bool:
        return once.take_part(caller.scope, whole.once, whole.words, str(number), now)

    try:
        return _alone(caller, heard, now, is_first)
    except DatabaseFailure as failure:
        log.error("what was heard from %s failed (%s)", caller.kind.spec.kind, type(failure).__name__)
        return replace(FAILED, text=f"#{number}: {FAILED.text}")


def _alone(caller: Caller, heard: Heard, now: datetime, is_first: Callable[[], bool]) -> Answer | None:
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _answer(caller, heard, now) if is_first() else None
        except OperationalError:
            # Two that each wait for the other: one of them is sent back, and is alone at its next try.
            if not left or connection.in_atomic_block:
                raise
    return None


def _parts(heard: Heard) -> dict[int, Heard]:
    """The same for each of several alerts that it names; empty where it does not."""
    try:
        command = commands.parse(heard.words) if not (heard.mark or heard.alert_key) else None
    except commands.NoCommand:
        command = None
    if command is None or len(command.numbers) < 2:
        return {}
    return {number: replace(heard, words=f"{command.verb} #{number} {command.rest}") for number in command.numbers}


def _joined(answers: Sequence[Answer]) -> Answer:
    """One answer that says all; what is said of each of them is said once."""
    texts = dict.fromkeys(each.text for each in answers)
    done = any(each.done for each in answers)
    link = next((each.link for each in answers if each.link), None)
    return Answer("\n".join(texts), link=link, done=done, for_all=done)


def _answer(caller: Caller, heard: Heard, now: datetime) -> Answer:
    if heard.at is not None and not _is_new(caller.trust, heard.at, now):
        return TOO_OLD
    if _is_overtaken(caller, heard):
        log.debug("an event of %s happened before what was heard already of the same alert", caller.kind.spec.kind)
        return OVERTAKEN
    places = places_of(caller, heard)
    if not places:
        return NOWHERE
    mine = [place for place in places if len(places) == 1 or people.is_member(place.through, heard.person)]
    if len(mine) != 1:
        return SEVERAL
    return deeds.answer_to(asked_by(mine[0], heard, caller.trust, now))


def _kept_for(caller: Caller) -> timedelta:
    return once.FOR_SERVICES if caller.trust is Trust.SERVICE else once.FOR_PEOPLE


def _is_overtaken(caller: Caller, heard: Heard) -> bool:
    """Services tell in any order: what happened last there counts, whatever comes last."""
    if caller.trust is not Trust.SERVICE or heard.at is None or not heard.alert_key:
        return False
    return not once.is_newest(caller.scope, heard.alert_key, heard.at)


def _is_new(trust: Trust, at: datetime, now: datetime) -> bool:
    """What lies ahead could be sent again when its mark is forgotten."""
    longest = NEW_FOR_SERVICES if trust is Trust.SERVICE else NEW_FOR
    return now - longest <= at <= now + CLOCKS_DIFFER
