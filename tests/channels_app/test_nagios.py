"""Nagios: its packets bit by bit, where alerts are placed, which state wins, and what its form takes."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import Delivered, HttpCall, Message, Outcome, Reason, Rejected, Reply, RetryLater
from channels_app.doors import Doors, Policy, run
from channels_app.nagios import KIND
from channels_app.nagios.packet import LONG, SHORT, Result, packet, parts_of, xored
from channels_app.nagios.render import place, render, stand
from channels_app.nagios.send import SENT, judge, send
from channels_app.nagios.spec import NagiosForm, NagiosSettings
from channels_app.subject import Reading
from channels_app.words import Severity, Story
from tests.channels_app.conftest import LOOPBACK
from tests.channels_app.kinds.nagios import PASSWORD, config
from tests.channels_app.samples import ACKNOWLEDGED, CLEARED, SUBJECT, TEST, TRIGGERED, digest
from tests.servers import nsca
from tests.servers.http import Answer, Receiver, Request
from tests.servers.nsca import Nsca, read_packet

VECTOR = Result("web01", "CPU load", 2, "CRITICAL - load 9.8")
IV = bytes(range(128))
CHECKED = "9ec957c7294960991b7f96132541a6fda0c89bd7418fc76f17aa46ab3d86fed7"
NO_PASSWORD = "800fc8df089dc53c80ca224f5f7faa8b5c67644d88d43590c1800ebc4764297a"
SETTINGS = NagiosSettings(
    server="127.0.0.1", host_name="{label:host}", service_name="{rule}", password=PASSWORD, refresh_minutes=5
)


@pytest.fixture
def doors() -> Iterator[Doors]:
    opened = Doors(Policy(LOOPBACK, total_seconds=2.0))
    yield opened
    opened.close()


def result(message: Message, settings: NagiosSettings = SETTINGS) -> Result:
    return Result(*render(message, settings)["results"][0])


def about(message: Message = TRIGGERED, **changes: Any) -> Message:
    return replace(message, subject=replace(SUBJECT, **changes))


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_packet_is_bit_by_bit_what_the_daemon_reads() -> None:
    plain = packet(VECTOR, 1_700_000_000, LONG, bytes)
    assert (len(plain), plain[4:8].hex()) == (4304, "8b8a6946")
    assert plain[:24].hex() == "000300008b8a69466553f100000277656230310000000000"
    assert digest_of(plain) == "a23ea81883e9c5d261f31c3f2d683c23fbe7a42342bde0756402644d3204b9d8"
    assert len(packet(VECTOR, 0, SHORT)) == 720


def test_xor_is_bit_by_bit_what_the_daemon_undoes() -> None:
    plain = packet(VECTOR, 1_700_000_000, LONG, bytes)
    assert xored(plain, IV, b"bellhop")[:24].hex() == "62676e6fe7e01f2308369763637f1b0f1e4d4b7c6477737b"
    assert digest_of(xored(plain, IV, b"bellhop")) == CHECKED
    assert digest_of(xored(plain, IV, b"")) == NO_PASSWORD
    assert xored(xored(plain, IV, b"bellhop"), IV, b"bellhop") == plain


def test_what_follows_a_text_is_random_so_that_xor_does_not_show_the_password() -> None:
    first, second = (packet(VECTOR, 1, LONG) for _ in range(2))
    assert first != second
    assert read_packet(first, opening=bytes(128) + (1).to_bytes(4)) == nsca.Result(*VECTOR)


def test_the_opening_has_an_iv_and_the_servers_time() -> None:
    assert parts_of(nsca.OPENING) == (nsca.IV, nsca.CLOCK)


@pytest.mark.parametrize("layout", [("long", nsca.LONG), ("short", nsca.SHORT)], ids=lambda layout: layout[0])
@pytest.mark.parametrize(("encryption", "method"), [("none", 0), ("xor", 1)])
@pytest.mark.parametrize("password", ["", "bellhop", "Wörter, die länger sind" * 20])
def test_a_strict_daemon_takes_every_message(
    doors: Doors, encryption: str, method: int, password: str, layout: tuple[str, str]
) -> None:
    with Nsca(method, password.encode(), layout[1]) as server:
        settings = replace(
            SETTINGS, port=server.port, encryption=encryption, password=password, packet=layout[0], server="localhost"
        )
        for message in (TRIGGERED, CLEARED, ACKNOWLEDGED, TEST, digest(30)):
            outcome, _ = run(send(render(message, settings), settings, ""), doors)
            assert outcome == Delivered(words=SENT)
        run(send(stand([TRIGGERED, CLEARED, about(rule="Other")], settings), settings, ""), doors)

    assert server.refused == []
    told = [(each.host, each.service, each.code) for each in server.results]
    assert told[:5] == [
        ("web01", "Slow checkout", 2),
        ("web01", "Slow checkout", 0),
        ("web01", "Slow checkout", 2),
        ("bellhop", "bellhop", 0),
        ("bellhop", "alerts", 2),
    ]
    assert told[5:] == [("web01", "Slow checkout", 2), ("web01", "Other", 2), ("bellhop", "bellhop", 0)]
    assert server.connections == 6


def test_a_daemon_with_another_password_drops_it_and_nobody_can_tell(doors: Doors) -> None:
    with Nsca(1, b"another") as server:
        settings = replace(SETTINGS, port=server.port)
        outcome, _ = run(send(render(TRIGGERED, settings), settings, ""), doors)
    assert outcome == Delivered(words=SENT)
    assert (server.results, len(server.refused)) == ([], 1)


@pytest.mark.parametrize(
    ("message", "info", "service", "host"),
    [
        (TRIGGERED, "ok", 2, 1),
        (replace(TRIGGERED, severity=Severity.MAJOR), "ok", 2, 1),
        (replace(TRIGGERED, severity=Severity.MINOR), "ok", 1, 1),
        (replace(TRIGGERED, severity=Severity.INFO), "ok", 0, 0),
        (replace(TRIGGERED, severity=Severity.INFO), "warning", 1, 1),
        (replace(TRIGGERED, story=Story.NO_DATA), "ok", 3, 1),
        (replace(TRIGGERED, story=Story.REMINDER), "ok", 2, 1),
        (ACKNOWLEDGED, "ok", 2, 1),
        (CLEARED, "warning", 0, 0),
    ],
)
def test_every_state_has_its_number(message: Message, info: str, service: int, host: int) -> None:
    settings = replace(SETTINGS, info_state=info)
    assert result(message, settings).code == service
    of_host = result(message, replace(settings, service_name=""))
    assert (of_host.host, of_host.service, of_host.code) == ("web01", "", host)


def test_bellhops_own_messages_stand_at_the_test_service_and_change_no_alerts_state() -> None:
    trouble = replace(TEST, story=Story.TROUBLE)
    assert result(trouble)[:3] == ("bellhop", "bellhop", 1)
    for story in (Story.MENDED, Story.CHANGED, Story.TEST):
        assert result(replace(trouble, story=story))[:3] == ("bellhop", "bellhop", 0)


PLACES = [
    ("web", "load", ("web", "load")),
    ("{test}", "{rule}", ("checkout", "Slow checkout")),
    ("{test_name}", "{team}", ("Checkout", "ops")),
    ("{label:host}.example.org", "{label:env} {rule}", ("web01.example.org", "live Slow checkout")),
    ("{label:host}", "", ("web01", "")),
    ("{label:nowhere}", "", ("bellhop", "alerts")),
    ("{test}", "{label:nowhere}", ("bellhop", "alerts")),
]


@pytest.mark.parametrize(("host", "service", "expected"), PLACES)
def test_an_alert_is_placed_by_what_it_is_about(host: str, service: str, expected: tuple[str, str]) -> None:
    assert place(TRIGGERED, replace(SETTINGS, host_name=host, service_name=service)) == expected


def test_an_alert_about_no_test_stands_at_the_catch_all() -> None:
    message = about(test="", test_slug="")
    assert place(message, replace(SETTINGS, host_name="{test}")) == ("bellhop", "alerts")


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("CPU > 90 %; now", "CPU _ 90 __ now"),
        ("  a \n b\x00c\x1b  ", "a b c"),
        ("ü" * 100, "ü" * 63),
        ("a" * 126 + "ü", "a" * 126),
        ("\u202enosrep\u202c", "nosrep"),
        ("\ud800;", "_"),
    ],
)
def test_names_are_cleaned_and_cut_between_characters(rule: str, name: str) -> None:
    assert result(about(rule=rule)).service == name


def test_the_output_is_one_line_with_the_readings_behind_a_bar() -> None:
    output = result(TRIGGERED).output
    words, values = output.split(" | ")
    assert words == (
        "#17 critical: Slow checkout on Checkout - response_time 812.5 > 500 - Ann looks into it"
        " - https://bell.example/t/ops/views/checkout/?at=2026-03-02T12:00:00Z - https://wiki.example/checkout"
        " - 2026-03-02 12:00 UTC"
    )
    assert values == "'response_time fra1'=812.5 'response_time ams2'=640"


def test_readings_cannot_break_out_of_their_labels() -> None:
    readings = (Reading("a'=1 b", "x|y\n", 1.5), Reading("é", "", float("nan")), Reading("", "", 7.0))
    assert result(about(readings=readings)).output.split(" | ")[1] == "'a__1 b x/y'=1.5"


@pytest.mark.parametrize("kept", ["long", "short"])
def test_the_output_fits_the_packet_and_keeps_number_and_first_values(kept: str) -> None:
    readings = tuple(Reading("response_time", f"source {number}", number) for number in range(50))
    message = replace(about(readings=readings), summary="ü|\\" * 5_000)
    settings = replace(SETTINGS, packet=kept)
    output = result(message, settings).output
    assert len(output.encode()) <= settings.room - 1
    words, values = output.split(" | ")
    assert words.startswith("#17 critical")
    assert words.endswith("...")
    assert values.startswith("'response_time source 0'=0 'response_time source 1'=1")


def beside(number: int, severity: Severity, **changes: Any) -> Message:
    return replace(
        TRIGGERED,
        headline=f"#{number} {severity}",
        severity=severity,
        subject=replace(SUBJECT, number=number, **changes),
    )


def test_of_several_alerts_at_one_service_the_worst_counts() -> None:
    minor, critical = beside(1, Severity.MINOR), beside(2, Severity.CRITICAL)
    told = result(replace(minor, company=(critical,)))
    assert told.code == 2
    assert told.output.startswith("2 alerts are open, the worst: #2 critical")
    assert "(now: #1 minor)" in told.output


def test_a_clear_turns_nothing_green_while_another_is_open() -> None:
    told = result(replace(CLEARED, company=(beside(2, Severity.MINOR),)))
    assert told.code == 1
    assert told.output.startswith("#2 minor")
    assert f"(now: {CLEARED.headline})" in told.output
    elsewhere = beside(2, Severity.CRITICAL, rule="Other")
    assert result(replace(CLEARED, company=(elsewhere,))).code == 0


def test_missing_data_is_worse_than_a_warning_and_better_than_critical() -> None:
    lost = replace(beside(1, Severity.MINOR), story=Story.NO_DATA)
    assert result(replace(lost, company=(beside(2, Severity.MINOR),))).code == 3
    assert result(replace(lost, company=(beside(2, Severity.MAJOR),))).code == 2


def test_a_refresh_has_each_service_once_and_a_sign_of_life() -> None:
    told = stand([beside(1, Severity.MINOR), beside(2, Severity.CRITICAL), about(CLEARED, rule="Other")], SETTINGS)
    found = {Result(*each)[:3]: Result(*each).output for each in told["results"]}
    assert list(found) == [("web01", "Slow checkout", 2), ("web01", "Other", 0), ("bellhop", "bellhop", 0)]
    assert found["bellhop", "bellhop", 0] == "Bellhop is at work; 2 alerts are open here."


@given(st.lists(st.sampled_from([Severity.INFO, Severity.MINOR, Severity.CRITICAL, None]), min_size=1, max_size=6))
def test_whatever_stands_together_shows_the_worst_of_it(severities: list[Severity | None]) -> None:
    first, *others = [
        beside(number, each) if each else about(CLEARED, number=number) for number, each in enumerate(severities)
    ]
    worst = max((each for each in severities if each), key=lambda each: each.rank, default=None)
    codes = {None: 0, Severity.INFO: 0, Severity.MINOR: 1, Severity.CRITICAL: 2}
    assert result(replace(first, company=tuple(others))).code == codes[worst]


def form(**changes: Any) -> NagiosForm:
    return NagiosForm({**config("tcp://127.0.0.1:5667"), **changes})


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"server": ""}, "server", "Give the host on which the nsca daemon listens."),
        ({"server": "http://127.0.0.1/"}, "server", "no http://, no path, no port"),
        ({"server": "127.0.0.1:5667"}, "server", "no http://, no path, no port"),
        ({"server": "10.0.0.1"}, "server", "BELLHOP_ALLOWED_NETWORKS"),
        ({"server": "0x0a.1"}, "server", "BELLHOP_ALLOWED_NETWORKS"),
        ({"port": "70000"}, "port", "65535"),
        ({"way": "nrdp"}, "url", "Give the address of the NRDP page."),
        ({"way": "nrdp"}, "token", "Give a token that NRDP knows."),
        ({"host_name": "{host}"}, "host_name", "There is no {host}: what is filled in are {test}, {test_name}"),
        ({"host_name": "{label:}"}, "host_name", "Name the label, as in {label:host}."),
        ({"host_name": "a}"}, "host_name", "A brace belongs to nothing"),
        ({"service_name": "a;b"}, "service_name", "No name in Nagios may hold ';'."),
        ({"service_name": "a\x07b"}, "service_name", "No name in Nagios may hold '\\x07'."),
        ({"host_name": "ü" * 40}, "host_name", "This is 80 bytes long: at most 63 are possible."),
        ({"test_service": "{rule}"}, "test_service", "This must be fixed text"),
        ({"refresh_minutes": "-1"}, "refresh_minutes", "greater than or equal to 0"),
        ({"encryption": "aes"}, "encryption", "not one of the available choices"),
    ],
)
@override_settings(BELLHOP_ALLOWED_NETWORKS=["127.0.0.0/8"])
def test_what_cannot_work_is_refused_at_its_field(changes: dict[str, str], field: str, words: str) -> None:
    given = form(**changes)
    assert not given.is_valid()
    assert words in given.errors[field][0]
    assert PASSWORD not in str(given.errors)


@override_settings(BELLHOP_ALLOWED_NETWORKS=["127.0.0.0/8", "::1/128"])
def test_a_host_is_taken_in_every_usual_form_and_an_empty_service_stays() -> None:
    for host in ("127.0.0.1", "LOCALHOST", "[::1]", "::1"):
        given = form(server=host, service_name="")
        assert given.is_valid(), given.errors
        assert given.config()["service_name"] == ""
    assert "obfuscation, not security" in str(NagiosForm.base_fields["encryption"].help_text)
    assert "XOR" in str(NagiosForm.base_fields["encryption"].help_text)


def test_lists_show_where_alerts_go_and_no_secret() -> None:
    assert KIND.spec.target(SETTINGS) == "{label:host} / {rule} at 127.0.0.1"
    assert PASSWORD not in repr(SETTINGS) + KIND.spec.target(SETTINGS) + KIND.spec.rate_key(SETTINGS)


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
