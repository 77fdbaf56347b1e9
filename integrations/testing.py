"""The test message, and one try to bring it to a destination. Never inside a transaction: it waits for the remote."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings

from channels_app import registry
from channels_app.advice import ADVICE
from channels_app.contract import Delivered, DoorError, Kind, Link, MailCall, Message, Outcome, Reason
from channels_app.doors import Exchange, run
from channels_app.speech import Speech
from channels_app.words import Story
from integrations import selectors
from teams.models import Team

UNREACHABLE = "The host name was not found, or its address is not allowed as a destination."
NOBODY = "Nothing was sent: none of these addresses has agreed to mails of this team yet."
ACCEPTED = "The destination accepted the test message."
_HIDDEN_ERRORS = frozenset((DoorError.ADDRESS_REFUSED, DoorError.BAD_ADDRESS, DoorError.DNS))


@dataclass(frozen=True, slots=True)
class TestResult:
    """How a test went: `status` is the remote's own (None without an answer), `detail` its words or ours.

    `advice` is a sentence on what to do where it did not go well.
    """

    ok: bool
    status: int | None
    detail: str
    advice: str = ""

    @property
    def verdict(self) -> str:
        """What became of the test message: where nobody answered, nobody accepted it either."""
        if not self.ok:
            return "not accepted"
        return "sent" if self.status is None else "accepted"


def test_message(name: str, team: Team, now: datetime, speech: Speech) -> Message:
    """A message that is plainly no alert, for the integration called `name`."""
    return Message(
        key=f"test-{team.pk}-{int(now.timestamp() * 1000)}",
        story=Story.TEST,
        headline=speech.say("Test message for “{name}”", name=name),
        at=now,
        sender=team.name,
        summary=speech.say("This is a test, not an alert. Alerts of team {team} can arrive here.", team=team.name),
        link=Link(
            speech.say("Alerts of team {team}", team=team.name), f"{settings.BELLHOP_BASE_URL}/t/{team.slug}/alerts/"
        ),
        speech=speech,
    )


def attempt(
    kind_name: str, config: dict[str, Any], message: Message, silent: Collection[str] = frozenset()
) -> TestResult:
    """Send `message` there through the real way, once; but not to the recipients in `silent`, in their normal form."""
    kind = registry.kind(kind_name)
    whole = kind.spec.settings(config)
    typed = kind.spec.without(whole, silent)
    left_out = len(kind.spec.recipients(whole)) - len(kind.spec.recipients(typed))
    if left_out and not kind.spec.recipients(typed):
        return TestResult(False, None, NOBODY)
    outcome, exchanges = run(kind.send(kind.render(message, typed), typed, ""))
    result = result_of(kind, outcome, exchanges, selectors.secrets_in(kind, config))
    return replace(result, detail=f"{result.detail} {_unasked(left_out)}") if left_out else result


def _unasked(count: int) -> str:
    them = "1 address was" if count == 1 else f"{count} addresses were"
    return f"{them} left out, not having agreed to mails of this team."


def result_of(kind: Kind, outcome: Outcome, exchanges: Sequence[Exchange], secrets: tuple[str, ...]) -> TestResult:
    """How calls to a destination went, in words that may be shown."""
    call, reply = exchanges[-1] if exchanges else (None, None)
    status, ok = reply.status if reply else None, isinstance(outcome, Delivered)
    if reply is not None and not isinstance(call, MailCall) and reply.error in _HIDDEN_ERRORS:
        # One text for all of them, or the answer would tell which names and addresses exist inside.
        return TestResult(False, None, UNREACHABLE, ADVICE[Reason.ADDRESS_REFUSED])
    told = status is None or kind.spec.fixed_answer
    words = selectors.scrub(outcome.words, secrets) if told else ""
    if isinstance(outcome, Delivered):
        return TestResult(ok, status, words or ACCEPTED)
    words = words or ("No answer came." if status is None else f"The destination answered with status {status}.")
    return TestResult(ok, status, words, ADVICE[outcome.reason])
