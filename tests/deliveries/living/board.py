"""A small kind whose messages live: notes on a strict board, written once, changed in place, and lost now and then."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from channels_app.contract import (
    Abilities,
    Delivered,
    HttpCall,
    Kind,
    Message,
    Outcome,
    Payload,
    Reason,
    Rejected,
    Reply,
    RetryLater,
    Sending,
    Spec,
)
from channels_app.fields import AddressField, KindForm
from channels_app.hearing import Answer as Said
from channels_app.hearing import Heard, Hearing, Request, Response, Trust
from channels_app.judging import common
from tests.servers.http import Answer, Receiver
from tests.servers.http import Request as Asked

NAME = "board"


class BoardForm(KindForm):
    """Where the board is, and whether people can act there."""

    address_fields: ClassVar[tuple[str, ...]] = ("server",)

    server = AddressField(label="Server")


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """A board's values; `hears` and `lives` are said by its address, which ends in what it cannot do."""

    server: str

    @property
    def hears(self) -> bool:
        return "/deaf" not in self.server

    @property
    def lives(self) -> bool:
        return "/dead" not in self.server


def of(config: Mapping[str, Any]) -> BoardSettings:
    return BoardSettings(config["server"])


def render(message: Message, settings: BoardSettings) -> Payload:
    """What is told, and of a living message what stands."""
    told = {"said": message.headline, "lines": [each.text for each in message.lines]}
    if message.living is None:
        return {"note": told, "ref": "", "silent": False}
    living = message.living
    note = {**told, "stands": living.standing.headline, "silent": living.silent, "mark": living.mark}
    note["facts"] = {fact.key: fact.value for fact in living.standing.facts}
    note["summary"] = living.standing.summary
    return {"note": note, "ref": living.ref, "silent": living.silent}


def send(payload: Payload, settings: BoardSettings, recipient: str) -> Sending:
    """Write the note, or change it; one that is lost is written anew, if anybody is to be told."""
    if payload["ref"]:
        reply = yield _call("PUT", f"{settings.server}/notes/{payload['ref']}", payload)
        if reply.status != 404:
            return _judge(reply)
        if payload["silent"]:
            return Delivered(words="lost")
    if payload["silent"]:
        raise AssertionError("nothing stands there that could be changed")
    return _judge((yield _call("POST", f"{settings.server}/notes", payload)))


def _call(method: str, url: str, payload: Payload) -> HttpCall:
    return HttpCall(method, url, {"Content-Type": "application/json"}, json.dumps(payload["note"]).encode())


def _judge(reply: Reply) -> Outcome:
    if (outcome := common(reply, ())) is not None:
        return outcome
    if reply.status in (200, 201):
        return Delivered(str(json.loads(reply.body)["id"]))
    if reply.status is not None and reply.status < 300:
        return RetryLater(Reason.UNEXPECTED_ANSWER)
    return Rejected(Reason.BAD_CREDENTIALS if reply.status == 401 else Reason.CONTENT_REFUSED, "refused")


def _read(request: Request, settings: Any) -> Heard | Response:
    return Response(204)


def _answer(answer: Said, heard: Heard) -> Response:
    return Response()


SPEC = Spec(
    kind=NAME,
    name="Board",
    icon="webhook",
    summary="Writes notes on a board.",
    setup=("Write its address here.",),
    form=BoardForm,
    settings=of,
    target=lambda settings: "the board",
    rate_key=lambda settings: settings.server,
    rate=None,
    abilities=Abilities(updates_in_place=True),
    lives=lambda settings: settings.lives,
)
HEARING = Hearing(
    trust=lambda settings: Trust.ANYONE if settings.hears else Trust.NOBODY,
    verify=lambda request, settings, now: None,
    read=_read,
    answer=_answer,
)
KIND = Kind(SPEC, render, send, hear=HEARING)


@dataclass(slots=True)
class Note:
    """A note on the board: all that it said, oldest first."""

    id: str
    bodies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def now(self) -> dict[str, Any]:
        return self.bodies[-1]


class Board(Receiver):
    """Takes notes and changes of those that it has, and nothing else.

    `loud` are the headlines of which somebody was notified; `refusals` are statuses for the next calls.
    """

    def __init__(self) -> None:
        super().__init__()
        self.decide = self._decide
        self.notes: list[Note] = []
        self.lost: set[str] = set()
        self.refusals: list[int] = []

    @property
    def loud(self) -> list[str]:
        return [each["said"] for each in map(json.loads, (r.body for r in self.received)) if not each.get("silent")]

    def lose(self, note: Note) -> None:
        self.lost.add(note.id)

    def _decide(self, request: Asked) -> Answer:
        if self.refusals:
            return Answer(self.refusals.pop(0), b"{}")
        *_, place, last = request.path.split("/")
        body = json.loads(request.body)
        if request.method == "POST" and last == "notes":
            note = Note(str(len(self.notes) + 1), [body])
            self.notes.append(note)
            return Answer(201, json.dumps({"id": note.id}).encode())
        if request.method == "PUT" and place == "notes":
            return self._change(last, body)
        return Answer(400, b"{}")

    def _change(self, pk: str, body: dict[str, Any]) -> Answer:
        found = next((note for note in self.notes if note.id == pk and pk not in self.lost), None)
        if found is None:
            return Answer(404, b"{}")
        found.bodies.append(body)
        return Answer(200, json.dumps({"id": pk}).encode())
