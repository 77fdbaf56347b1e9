"""The TCP door against real servers: what it says, what it waits for, and that it always comes back."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels_app.contract import DoorError, Reply, TcpTalk
from channels_app.doors import Doors, Policy, carry, tcp
from channels_app.doors.guard import networks
from channels_app.doors.tcp import talk
from tests.channels_app.conftest import LOOPBACK
from tests.patience import PATIENT
from tests.servers import nsca
from tests.servers.listening import Listening
from tests.servers.rude import Conduct, Rude

POLICY = Policy(LOOPBACK, total_seconds=PATIENT, connect_seconds=PATIENT, max_reply_bytes=4096)
BRIEF = replace(POLICY, total_seconds=0.6)
SECRET = b"answer with a secret"


class Echo(Listening):
    """Says six bytes, and then hears whatever comes until the end."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[bytes] = []

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection:
            connection.sendall(b"hello!")
            self.heard.append(b"".join(iter(lambda: connection.recv(4096), b"")))
            connection.sendall(b"bye")


@pytest.fixture
def doors() -> Iterator[Doors]:
    opened = Doors(POLICY)
    yield opened
    opened.close()


@pytest.fixture
def brief() -> Iterator[Doors]:
    """Doors for what can only run out."""
    opened = Doors(BRIEF)
    yield opened
    opened.close()


def to(port: int, opening: int = 6, answer: bytes = SECRET, host: str = "127.0.0.1") -> TcpTalk:
    return TcpTalk(host, port, opening, lambda heard: heard + answer)


def test_what_is_said_depends_on_what_was_heard(doors: Doors) -> None:
    with Echo() as server:
        reply = carry(to(server.port), doors)
    assert server.heard == [b"hello!" + SECRET]
    assert (reply.status, reply.error, reply.body) == (None, None, b"bye")
    assert reply.at > 0


def test_hundreds_of_talks_go_beside_each_other_and_are_told_in_the_pumping_thread(doors: Doors) -> None:
    told: list[Reply] = []
    with Echo() as server:
        for _ in range(200):
            doors.start(to(server.port), told.append)
        assert (doors.in_flight, told) == (200, [])
        until = time.monotonic() + 2 * PATIENT
        while doors.in_flight and time.monotonic() < until:
            doors.pump(1.0)
    assert [reply.error for reply in told] == [None] * 200
    assert len(server.heard) == 200


@pytest.mark.parametrize(
    "conduct",
    [nsca.says_nothing, nsca.half_an_opening_and_silence, nsca.an_opening_by_the_byte, nsca.speaks_of_mail],
    ids=lambda conduct: conduct.__name__,
)
def test_who_never_says_all_of_the_opening_is_not_waited_for(brief: Doors, conduct: Conduct) -> None:
    with Rude(conduct) as server:
        reply = carry(to(server.port, 132), brief)
    assert (reply.error, reply.error_words) == (DoorError.TIMEOUT, "no answer in time")
    assert reply.seconds < Policy().total_seconds  # which it would take if nobody asked how long it may take


CONDUCTS = [
    (nsca.resets_at_once, DoorError.RESET),
    (nsca.closes_at_once, DoorError.RESET),
    (nsca.half_an_opening_and_gone, DoorError.RESET),
    (nsca.resets_after_the_opening, DoorError.RESET),
    (nsca.reads_a_little_and_resets, DoorError.RESET),
    (nsca.talks_without_end, DoorError.TOO_LARGE),
]


@pytest.mark.parametrize(("conduct", "error"), CONDUCTS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_whatever_the_other_side_does_the_talk_ends(
    doors: Doors, conduct: Conduct, error: DoorError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "FAREWELL", PATIENT)
    with Rude(conduct) as server:
        reply = carry(to(server.port, 132), doors)
    assert (reply.error, bool(reply.error_words)) == (error, True)


def test_who_never_hangs_up_is_waited_for_a_moment_only(doors: Doors) -> None:
    with Rude(nsca.never_hangs_up) as server:
        reply = carry(to(server.port, 132), doors)
    assert (reply.error, reply.error_words) == (None, "")
    assert reply.seconds < POLICY.total_seconds / 2


def test_who_never_reads_a_long_answer_does_not_hold_us(brief: Doors) -> None:
    with Rude(nsca.never_reads) as server:
        reply = carry(to(server.port, 132, b"x" * 30_000_000), brief)
    assert (reply.error, reply.error_words) == (DoorError.TIMEOUT, "no answer in time")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (to(1), DoorError.CONNECT),
        (to(0), DoorError.BAD_ADDRESS),
        (to(65_536), DoorError.BAD_ADDRESS),
        (to(80, host="nobody.invalid"), DoorError.DNS),
        (to(80, host="a" * 300), DoorError.DNS),
        (to(80, host="\x00"), DoorError.DNS),
        (to(80, host=""), DoorError.DNS),
    ],
)
def test_an_address_that_leads_nowhere_is_named_as_such(doors: Doors, call: TcpTalk, error: DoorError) -> None:
    assert carry(call, doors).error is error


def test_an_answer_that_cannot_be_made_still_ends_the_talk_and_tells_no_secret(doors: Doors) -> None:
    def stumbles(heard: bytes) -> bytes:
        raise ValueError(SECRET)

    with Echo() as server:
        reply = carry(replace(to(server.port), answer=stumbles), doors)
    assert reply.error is DoorError.OTHER
    assert SECRET.decode() not in reply.error_words + repr(to(1))


def test_of_several_addresses_the_first_allowed_one_that_answers_is_used() -> None:
    with Echo() as server:
        places = [(socket.AF_INET, (host, server.port)) for host in ("10.0.0.1", "127.0.0.1")]
        places.insert(1, (socket.AF_INET, ("127.0.0.1", 1)))
        reply = talk(to(server.port, host="many.test"), POLICY, lambda host, port: [*places])
    assert (reply.error, server.connections) == (None, 1)


def test_a_name_that_leads_inside_is_refused_when_connecting() -> None:
    policy = replace(POLICY, allowed_networks=networks(["192.0.2.0/24"]))
    with Echo() as server:
        inner = [(socket.AF_INET, ("127.0.0.1", server.port))]
        reply = talk(to(server.port, host="rebind.test"), policy, lambda host, port: [*inner])
    assert (reply.error, server.connections) == (DoorError.ADDRESS_REFUSED, 0)


def test_plain_tcp_goes_to_no_public_address_that_the_operator_did_not_name() -> None:
    public = [(socket.AF_INET, ("93.184.216.34", 5667))]
    reply = talk(to(5667, host="public.test"), POLICY, lambda host, port: [*public])
    assert reply.error is DoorError.ADDRESS_REFUSED


def test_closing_drops_what_waits_and_leaves_no_file_open() -> None:
    doors = Doors(POLICY)
    told: list[Reply] = []
    with Rude(nsca.says_nothing) as server:
        doors.start(to(server.port), told.append)
        doors.close()
    assert told == []
