"""Nagios: its packets bit by bit, where alerts are placed, which state wins, and what its form takes."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from channels_app.contract import Delivered, Message
from channels_app.doors import Doors, run, tcp
from channels_app.nagios import KIND
from channels_app.nagios.packet import LONG, SHORT, Result, packet, parts_of, xored
from channels_app.nagios.render import place, render, stand
from channels_app.nagios.send import SENT, send
from channels_app.nagios.spec import NagiosForm, NagiosSettings
from channels_app.subject import Reading
from channels_app.words import Severity, Story
from tests.channels_app.kinds.nagios import PASSWORD, config
from tests.channels_app.samples import ACKNOWLEDGED, CLEARED, SUBJECT, TEST, TRIGGERED, digest
from tests.patience import PATIENT
from tests.servers import nsca
from tests.servers.nsca import Nsca, read_packet

VECTOR = Result("web01", "CPU load", 2, "CRITICAL - load 9.8")
IV = bytes(range(128))
CHECKED = "9ec957c7294960991b7f96132541a6fda0c89bd7418fc76f17aa46ab3d86fed7"
NO_PASSWORD = "800fc8df089dc53c80ca224f5f7faa8b5c67644d88d43590c1800ebc4764297a"
SETTINGS = NagiosSettings(
    server="127.0.0.1", host_name="{label:host}", service_name="{rule}", password=PASSWORD, refresh_minutes=5
)


@pytest.fixture(autouse=True)
def waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon hangs up once it has taken what it was told, however long the machine stalls before."""
    monkeypatch.setattr(tcp, "FAREWELL", PATIENT)


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
