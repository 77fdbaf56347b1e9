"""NRDP: the other way into Nagios, one document over HTTP and an answer in its body."""

import json
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from channels_app.contract import Delivered, HttpCall, Outcome, Reason, Rejected, Reply, RetryLater
from channels_app.doors import Doors, run
from channels_app.nagios.render import render, stand
from channels_app.nagios.send import judge, send
from channels_app.nagios.spec import NagiosSettings
from tests.channels_app.samples import ACKNOWLEDGED, CLEARED, TEST, TRIGGERED, digest
from tests.servers.http import Answer, Receiver, Request

NRDP = NagiosSettings(way="nrdp", url="https://nagios.example/nrdp/", token="NrdpTokenThatNobodyMaySee")


def answer(status: object, message: str, **meta: str) -> Reply:
    found = {"result": {"status": status, "message": message, **({"meta": meta} if meta else {})}}
    return Reply(200, body=json.dumps(found).encode())


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (answer(0, "OK", output="1 checks processed."), Delivered(words="OK 1 checks processed.")),
        (answer("0", "OK", output="1 checks processed."), Delivered(words="OK 1 checks processed.")),
        (answer(0, "OK"), Delivered(words="OK")),
        (answer(0, "OK", output="0 checks processed."), RetryLater(Reason.UNEXPECTED_ANSWER, "OK 0 checks processed.")),
        (answer(-1, "NO TOKEN"), Rejected(Reason.BAD_CREDENTIALS, "NO TOKEN")),
        (answer("-1", "BAD TOKEN"), Rejected(Reason.BAD_CREDENTIALS, "BAD TOKEN")),
        (answer(-1, "NOT AUTHENTICATED"), Rejected(Reason.NOT_ALLOWED, "NOT AUTHENTICATED")),
        (answer(-1, "HTTPS REQUIRED"), Rejected(Reason.NOT_ALLOWED, "HTTPS REQUIRED")),
        (answer(-1, "BAD JSON"), Rejected(Reason.CONTENT_REFUSED, "BAD JSON")),
        (answer(-1, "BAD CHECK RESULTS DIR"), RetryLater(Reason.REMOTE_ERROR, "BAD CHECK RESULTS DIR")),
        (answer(-1, f"with {NRDP.token}"), RetryLater(Reason.REMOTE_ERROR, "with [secret]")),
        (Reply(200, body=b"<html>log in</html>"), RetryLater(Reason.UNEXPECTED_ANSWER, "log in")),
        (Reply(200, body=b"[1]"), RetryLater(Reason.UNEXPECTED_ANSWER, "[1]")),
        (Reply(200, body=b'{"result": {"meta": 7}}'), RetryLater(Reason.REMOTE_ERROR, "")),
        (Reply(401, body=b"no"), Rejected(Reason.BAD_CREDENTIALS, "no")),
        (Reply(404, body=b"gone"), Rejected(Reason.DESTINATION_GONE, "gone")),
        (Reply(503, body=b""), RetryLater(Reason.REMOTE_ERROR, "")),
    ],
)
def test_what_nrdp_answers_is_read_from_its_body(reply: Reply, outcome: Outcome) -> None:
    assert judge(reply, 1, NRDP) == outcome


def test_nrdp_gets_one_document_with_all_results() -> None:
    call = next(send(stand([TRIGGERED], NRDP), NRDP, ""))
    assert isinstance(call, HttpCall)
    assert (call.method, call.url) == ("POST", NRDP.url)
    assert b"cmd=submitcheck" in call.body
    assert NRDP.token not in repr(call)


def strict_nrdp(request: Request) -> Answer:
    """NRDP's own page, for one who knows the token."""
    fields = {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}
    if fields.get("token") != NRDP.token:
        return Answer(200, json.dumps({"result": {"status": -1, "message": "BAD TOKEN"}}).encode())
    assert fields["cmd"] == "submitcheck"
    found = json.loads(fields["JSONDATA"])["checkresults"]
    for each in found:
        service = each["checkresult"]["type"] == "service"
        assert each["checkresult"] == {"type": "service" if service else "host", "checktype": "1"}
        assert set(each) == {"checkresult", "hostname", "state", "output", *(["servicename"] if service else [])}
        assert each["state"] in ("0", "1", "2", "3")
    said = {"status": 0, "message": "OK", "meta": {"output": f"{len(found)} checks processed."}}
    return Answer(200, json.dumps({"result": said}).encode())


def test_a_strict_nrdp_takes_every_message_and_refuses_another_token(doors: Doors, receiver: Receiver) -> None:
    receiver.decide = strict_nrdp
    settings = replace(NRDP, url=f"{receiver.url}/nrdp/", host_name="{label:host}")
    for message in (TRIGGERED, CLEARED, ACKNOWLEDGED, TEST, digest(30)):
        outcome, _ = run(send(render(message, settings), settings, ""), doors)
        assert outcome == Delivered(words="OK 1 checks processed.")
    assert run(send(stand([TRIGGERED], settings), settings, ""), doors)[0] == Delivered(words="OK 2 checks processed.")
    stranger = replace(settings, token="another")
    outcome, _ = run(send(render(TEST, stranger), stranger, ""), doors)
    assert outcome == Rejected(Reason.BAD_CREDENTIALS, "BAD TOKEN")
