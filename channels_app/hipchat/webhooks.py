"""The webhook of a room, asked for by API: by it HipChat tells Bellhop what is said to it there."""

from collections.abc import Generator
from typing import Any
from urllib.parse import quote

from channels_app.contract import Delivered, HttpCall, Outcome, Reason, Reply, RetryLater, Sending
from channels_app.hipchat.send import judge, room_call
from channels_app.hipchat.spec import HipChatSettings
from channels_app.judging import json_of, remote_words

EVENT = "room_message"
PATTERN = r"^/bellhop\b"
NAME = "Bellhop"
PAGE = 100
MOST_PAGES = 3
MOST_REMOVED = 10
THERE = "HipChat had the webhook already."
MADE = "HipChat took the webhook: say “/bellhop help” in the room."
STALE = "HipChat took the webhook, but an older one of this integration could not be removed there."

Webhooks = list[dict[str, Any]]


def enlist(settings: HipChatSettings, address: str, stem: str) -> Sending:
    """Have the room call `address`, once; webhooks of the same integration that are no longer right are removed."""
    there, outcome = yield from _listed(settings)
    if not isinstance(outcome, Delivered):
        return outcome
    wanted = _wanted(settings, address)
    own = [each for each in there if str(each.get("url", "")).startswith(stem)]
    kept = next((each for each in own if _is_as(each, wanted)), None)
    if kept is None:
        outcome = _judge((yield room_call(settings, "POST", "webhook", wanted)), settings)
    if not isinstance(outcome, Delivered):
        return outcome
    # The old ones go last, so that the room is heard all the time.
    gone = yield from _remove(settings, [each for each in own if each is not kept])
    return Delivered(words=(THERE if kept else MADE) if gone else STALE)


def _wanted(settings: HipChatSettings, address: str) -> dict[str, str]:
    authentication = "jwt" if settings.oauth_secret else "none"
    return {"url": address, "event": EVENT, "pattern": PATTERN, "name": NAME, "authentication": authentication}


def _is_as(webhook: dict[str, Any], wanted: dict[str, str]) -> bool:
    """A server that does not say how a webhook is signed may not sign it."""
    said = {"authentication": "none", **webhook}
    return all(said.get(name) == wanted[name] for name in ("url", "event", "pattern", "authentication"))


def _listed(settings: HipChatSettings) -> Generator[HttpCall, Reply, tuple[Webhooks, Outcome]]:
    """The room's webhooks, the first 300."""
    found: Webhooks = []
    for page in range(MOST_PAGES):
        reply = yield room_call(settings, "GET", f"webhook?start-index={page * PAGE}&max-results={PAGE}")
        outcome = _judge(reply, settings)
        said = json_of(reply)
        items = said.get("items") if isinstance(said, dict) else None
        if not isinstance(outcome, Delivered):
            return [], outcome
        if not isinstance(items, list):
            return [], RetryLater(Reason.UNEXPECTED_ANSWER, remote_words(reply, (settings.token,)))
        found += [each for each in items if isinstance(each, dict)]
        if len(items) < PAGE:
            break
    return found, Delivered()


def _remove(settings: HipChatSettings, webhooks: Webhooks) -> Generator[HttpCall, Reply, bool]:
    """Whether all of them are gone."""
    gone = len(webhooks) <= MOST_REMOVED
    for each in webhooks[:MOST_REMOVED]:
        reply = yield room_call(settings, "DELETE", f"webhook/{quote(str(each.get('id')), safe='')}")
        gone = gone and reply.status in (200, 204, 404)
    return gone


def _judge(reply: Reply, settings: HipChatSettings) -> Outcome:
    """As for messages; but what was made is told with 201."""
    return Delivered() if reply.status == 201 else judge(reply, settings)
