"""Results on their way to Nagios: NSCA's packets, or a call to NRDP, and what the one answer means."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson

from channels_app.contract import (
    Delivered,
    HttpCall,
    Outcome,
    Payload,
    Reason,
    Rejected,
    Reply,
    RetryLater,
    Sending,
    TcpTalk,
)
from channels_app.judging import clean_words, common, json_of, remote_words, unanswered
from channels_app.nagios.packet import OPENING, Result, packet, parts_of, xored
from channels_app.nagios.spec import NRDP, XOR, NagiosSettings, secrets

SENT = "Sent: NSCA gives no answer, so only Nagios shows whether it was taken."
_CREDENTIALS = ("NO TOKEN", "BAD TOKEN", "DENIED TOKEN")  # NO TOKENS too
_REFUSALS = ("NOT AUTHENTICATED", "HTTPS REQUIRED")
_CONTENT = ("NO DATA", "BAD XML", "BAD JSON")
_BY_STATUS = {401: Reason.BAD_CREDENTIALS, 403: Reason.NOT_ALLOWED, 404: Reason.DESTINATION_GONE}


def send(payload: Payload, settings: NagiosSettings, recipient: str) -> Sending:
    """All results of `payload`, over one connection."""
    results = [Result(*each) for each in payload["results"]]
    if settings.way == NRDP:
        return judge((yield _nrdp(results, settings)), len(results), settings)
    answer = partial(_packets, results, settings)
    return heard((yield TcpTalk(settings.server, settings.port, OPENING, answer)))


def heard(reply: Reply) -> Outcome:
    """NSCA says nothing, whatever becomes of a result: all that can be known is that it was sent."""
    return unanswered(reply) if reply.error else Delivered(words=SENT)


def _packets(results: Sequence[Result], settings: NagiosSettings, opening: bytes) -> bytes:
    iv, at = parts_of(opening)
    packets = [packet(each, at, settings.room) for each in results]
    if settings.encryption == XOR:
        packets = [xored(each, iv, settings.password.encode()) for each in packets]
    return b"".join(packets)


def _nrdp(results: Sequence[Result], settings: NagiosSettings) -> HttpCall:
    document = orjson.dumps({"checkresults": [_check(each) for each in results]}).decode()
    body = urlencode({"token": settings.token, "cmd": "submitcheck", "JSONDATA": document}).encode()
    return HttpCall("POST", settings.url, {"Content-Type": "application/x-www-form-urlencoded"}, body)


def _check(result: Result) -> dict[str, Any]:
    kind = {"type": "service" if result.service else "host", "checktype": "1"}
    service = {"servicename": result.service} if result.service else {}
    return {"checkresult": kind, "hostname": result.host, **service, "state": str(result.code), "output": result.output}


def judge(reply: Reply, count: int, settings: NagiosSettings) -> Outcome:
    """What NRDP's answer means: its status is nearly always 200, so its body decides."""
    known = secrets(settings)
    outcome = common(reply, known)
    if outcome is not None:
        return outcome
    found = json_of(reply)
    result = found.get("result") if isinstance(found, dict) else None
    if reply.status == 200 and isinstance(result, dict):
        return _said(result, count, known)
    words, status = remote_words(reply, known), reply.status or 0
    if status < 300:
        return RetryLater(Reason.UNEXPECTED_ANSWER, words)
    return Rejected(_BY_STATUS.get(status, Reason.UNEXPECTED_ANSWER), words)


def _said(result: dict[str, Any], count: int, known: Sequence[str]) -> Outcome:
    meta = result.get("meta")
    output = str(meta.get("output", "")) if isinstance(meta, dict) else ""
    words = clean_words(" ".join(filter(None, (str(result.get("message", "")), output))), known)
    if str(result.get("status")) == "0":
        taken = output.split(" ", 1)[0]
        missed = taken.isdigit() and int(taken) != count
        return RetryLater(Reason.UNEXPECTED_ANSWER, words) if missed else Delivered(words=words)
    message = str(result.get("message", "")).upper()
    for reason, beginnings in (
        (Reason.BAD_CREDENTIALS, _CREDENTIALS),
        (Reason.NOT_ALLOWED, _REFUSALS),
        (Reason.CONTENT_REFUSED, _CONTENT),
    ):
        if message.startswith(beginnings):
            return Rejected(reason, words)
    return RetryLater(Reason.REMOTE_ERROR, words)
