"""The conversation of kinds that keep one message per alert true by editing it, and tell beside it what is to be heard.

An edited message notifies nobody, so what is loud is also said in a short message of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from channels_app.contract import (
    Call,
    Delivered,
    Living,
    Message,
    Outcome,
    Payload,
    Rejected,
    Reply,
    RetryLater,
    Sending,
)
from channels_app.judging import in_two_forms, told_in_two_forms
from channels_app.tones import tone_of
from channels_app.words import AlertState

NOTHING = "there is no message to update, and nobody was to be notified"
ELSEWHERE = "the integration writes to another place now"
UNTOLD = "updated, but what happened could not be told beside it"
ANEW = "posted anew, the earlier message is lost: "
LEFT = "nothing new is posted, as the alert is over: "
WORDS_LIMIT = 200

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ways:
    """How a kind does it. `post` and `edit` make the calls, `beside` that of what is said beside the message `ref`.

    `judge` says what an answer means, `lost` whether the refusal of an edit means that the message cannot be edited any
    more, `word` its cause in short, empty where the outcome's words say it. By `ref` the message that was posted is
    known, and `moved` says whether that of a `ref` stands elsewhere; `doubt` is a clause on why that cannot be told,
    empty where it can. `elsewhere` and `untold` are the kind's own words.
    """

    post: Callable[[Body], Call]
    edit: Callable[[str, Body], Call]
    beside: Callable[[str, Body], Call]
    judge: Callable[[Reply], Outcome]
    lost: Callable[[Reply], bool]
    word: Callable[[Reply], str] = lambda reply: ""
    ref: Callable[[str], str] = str
    moved: Callable[[str], bool] = lambda ref: False
    doubt: Callable[[str], str] = lambda ref: ""
    elsewhere: str = ELSEWHERE
    untold: str = UNTOLD


def fresh_of(message: Message, living: Living) -> Message:
    """What is posted as a new message: no event may stay behind there if the alert went on since."""
    stands = not living.silent and tone_of(message) is tone_of(living.standing)
    return message if stands else living.standing


def forms(
    fresh: dict[str, Any],
    living: Living,
    standing: Callable[[], Payload],
    beside: Callable[[], Payload | None],
    loud: bool,
) -> dict[str, Any]:
    """The payload: the message anew, and where there is one, as an edit and as what is said beside it.

    Each has a `body` and a `plain` form; `beside` gives None where nothing is said. `loud`: nobody may miss it. `late`:
    whoever never saw the message needs none any more.
    """
    fresh |= {"ref": living.ref, "silent": living.silent}
    if living.ref:
        late = living.silent and living.standing.state is AlertState.CLEARED
        fresh |= {"standing": standing(), "beside": beside(), "loud": loud, "late": late}
    return fresh


def keep_true(payload: Payload, ways: Ways) -> Sending:
    """Post the message, or edit it and tell beside it what is told; where it is lost, post a new one, and say so.

    A payload that is none of `forms` is just posted.
    """
    if "ref" not in payload:
        return (yield from in_two_forms(payload, ways.post, ways.judge))
    ref = str(payload["ref"])
    if not ref:
        return Delivered(words=NOTHING) if payload["silent"] else (yield from _post(payload, ways))
    if ways.moved(ref):
        if payload["late"]:
            return Delivered(ref, f"{LEFT}{ways.elsewhere}")
        return (yield from _anew(payload, ways, f"{ANEW}{ways.elsewhere}"))
    outcome, reply = yield from told_in_two_forms(payload["standing"], partial(ways.edit, ref), ways.judge)
    if isinstance(outcome, Rejected) and ways.lost(reply):
        return (yield from _anew(payload, ways, _lost(ways, outcome, reply)))
    if not isinstance(outcome, Delivered):
        return outcome
    doubt = ways.doubt(ref)
    if doubt and payload["loud"]:  # whoever is to hear it may be elsewhere
        return (yield from _anew(payload, ways, f"posted anew, since {doubt}"))
    updated = replace(outcome, ref=ref, words=f"updated, though {doubt}" if doubt else outcome.words)
    return (yield from _tell(payload, ways, updated)) if payload["beside"] else updated


def _tell(payload: Payload, ways: Ways, updated: Delivered) -> Sending:
    """Say it beside the message, which was just `updated`. It is said again only where it may yet be said."""
    outcome, reply = yield from told_in_two_forms(payload["beside"], partial(ways.beside, updated.ref), ways.judge)
    if isinstance(outcome, RetryLater):
        return outcome
    if isinstance(outcome, Delivered):
        return updated
    if payload["loud"]:  # an edited message notifies nobody, so somebody would miss it
        return (yield from _anew(payload, ways, _lost(ways, outcome, reply)))
    return replace(updated, words=f"{ways.untold}: {outcome.words}"[:WORDS_LIMIT])


def _anew(payload: Payload, ways: Ways, words: str) -> Sending:
    """A new message in the place of one that is kept true no longer; `words` say why."""
    outcome = yield from _post(payload, ways)
    return replace(outcome, words=words[:WORDS_LIMIT]) if isinstance(outcome, Delivered) else outcome


def _lost(ways: Ways, refused: Rejected, reply: Reply) -> str:
    return f"{ANEW}{ways.word(reply) or refused.words}"


def _post(payload: Payload, ways: Ways) -> Sending:
    outcome = yield from in_two_forms(payload, ways.post, ways.judge)
    if isinstance(outcome, Delivered) and outcome.ref:
        return replace(outcome, ref=ways.ref(outcome.ref))
    return outcome
