"""No call reaches an address that the guard refuses, however it is named, and no other way leads out."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import certifi
import pytest

from channels_app.contract import DoorError, TcpTalk
from channels_app.doors import Doors, carry
from channels_app.doors.guard import REFUSED_WORDS, Policy, networks
from channels_app.doors.http import HttpDoor
from tests.channels_app.calls import carried, post, replies
from tests.patience import PATIENT
from tests.servers.http import Answer, Receiver
from tests.servers.tls import Authority

SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "017700000001", "0x7f.0.0.1", "0177.0.0.1", "0",
    "0.0.0.0", "localhost", "localhost.", "LOCALHOST", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]",
    "[fd00:ec2::254]", "10.0.0.1", "169.254.169.254", "192.168.0.1", "172.16.0.1", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "[ff02::1]",
]  # fmt: skip


@pytest.fixture
def closed_door() -> Iterator[HttpDoor]:
    """A door by which nothing but public addresses may be reached."""
    door = HttpDoor(Policy(total_seconds=PATIENT))
    yield door
    door.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_of_an_inner_address_is_connected_to(
    closed_door: HttpDoor, receiver: Receiver, scheme: str
) -> None:
    calls = [post(f"{scheme}://{host}:{receiver.port}/") for host in SPELLINGS]
    got = replies(closed_door, *calls)
    refused = {host: (reply.error, reply.error_words) for host, reply in zip(SPELLINGS, got, strict=True)}
    assert refused == dict.fromkeys(SPELLINGS, (DoorError.ADDRESS_REFUSED, REFUSED_WORDS))
    assert receiver.connections == 0


def test_no_spelling_of_an_inner_address_is_talked_to_over_tcp(receiver: Receiver) -> None:
    doors = Doors(Policy(total_seconds=PATIENT))
    got = {host: carry(TcpTalk(host, receiver.port, 0, lambda _: b"x"), doors) for host in SPELLINGS}
    doors.close()
    refused = {host: (reply.error, reply.error_words) for host, reply in got.items()}
    assert refused == dict.fromkeys(SPELLINGS, (DoorError.ADDRESS_REFUSED, REFUSED_WORDS))
    assert receiver.connections == 0


def test_open_and_closed_inner_ports_look_the_same(closed_door: HttpDoor, receiver: Receiver) -> None:
    open_port, closed_port = replies(closed_door, post(receiver.url), post("http://127.0.0.1:1/"))
    assert replace(open_port, seconds=0, at=0) == replace(closed_port, seconds=0, at=0)


def test_plain_http_to_a_public_address_is_refused(receiver: Receiver) -> None:
    door = HttpDoor(Policy(total_seconds=PATIENT), _resolve=("public.test:80:93.184.216.34",))
    assert carried(door, post("http://public.test/")).error is DoorError.ADDRESS_REFUSED
    door.close()


def test_a_name_that_turns_to_an_inner_address_is_refused_when_connecting(receiver: Receiver) -> None:
    door = HttpDoor(Policy(total_seconds=PATIENT), _resolve=(f"rebind.test:{receiver.port}:127.0.0.1",))
    reply = carried(door, post(f"https://rebind.test:{receiver.port}/"))
    assert (reply.error, receiver.connections) == (DoorError.ADDRESS_REFUSED, 0)
    door.close()


def test_only_the_allowed_one_of_several_addresses_is_used(policy: Policy, receiver: Receiver) -> None:
    door = HttpDoor(policy, _resolve=(f"many.test:{receiver.port}:10.0.0.1,127.0.0.1",))
    assert carried(door, post(f"http://many.test:{receiver.port}/")).status == 200
    door.close()


def test_a_kept_connection_is_judged_again(policy: Policy, receiver: Receiver) -> None:
    door = HttpDoor(policy)
    carried(door, post(receiver.url + "/"))
    for transfer in door._idle:
        transfer._allowed = lambda ip, scheme: False  # type: ignore[assignment]

    reply = carried(door, post(receiver.url + "/"))

    assert (reply.error, len(receiver.received), receiver.connections) == (DoorError.ADDRESS_REFUSED, 1, 1)
    door.close()


PROXY_VARIABLES = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]


def test_proxy_variables_of_the_environment_are_not_obeyed(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, receiver: Receiver
) -> None:
    with Receiver() as proxy:
        for name in PROXY_VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        door = HttpDoor(policy)
        assert carried(door, post(receiver.url + "/")).status == 200
        assert carried(door, post("http://10.0.0.1/")).error is DoorError.ADDRESS_REFUSED
        assert proxy.connections == 0
        door.close()


def test_the_operators_own_proxy_is_used_and_inner_literals_still_refused(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, receiver: Receiver
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with Receiver() as proxy:
        door = HttpDoor(replace(policy, proxy=proxy.url))
        assert carried(door, post(receiver.url + "/path")).status == 200
        assert proxy.received[0].path == f"{receiver.url}/path"
        assert carried(door, post("https://10.0.0.1/")).error is DoorError.ADDRESS_REFUSED
        assert carried(door, post("http://name.example/")).error is DoorError.ADDRESS_REFUSED
        assert (receiver.connections, proxy.connections) == (0, 1)
        door.close()


def test_netrc_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, policy: Policy, receiver: Receiver) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password netrc-secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    door = HttpDoor(policy)
    carried(door, post(receiver.url + "/"))
    assert "authorization" not in receiver.received[0].headers
    door.close()


def test_certificates_are_verified_and_the_operator_may_add_one(policy: Policy, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with Receiver(tls=authority.server("hip.test")) as receiver:
        place = f"hip.test:{receiver.port}:127.0.0.1"
        trusting = HttpDoor(replace(policy, ca_file=str(authority.file)), _resolve=(place,))
        doubting = HttpDoor(policy, _resolve=(place,))
        wrong = f"other.test:{receiver.port}:127.0.0.1"
        misled = HttpDoor(replace(policy, ca_file=str(authority.file)), _resolve=(wrong,))

        assert carried(trusting, post(f"https://hip.test:{receiver.port}/")).status == 200
        assert carried(doubting, post(f"https://hip.test:{receiver.port}/")).error is DoorError.TLS
        assert carried(misled, post(f"https://other.test:{receiver.port}/")).error is DoorError.TLS
        assert len(receiver.received) == 1
        for door in (trusting, doubting, misled):
            door.close()


def test_a_redirect_to_an_inner_address_is_not_followed(policy: Policy, receiver: Receiver) -> None:
    with Receiver() as inner:
        for status in (301, 302, 303, 307, 308):
            receiver.script(Answer(status, b"", {"Location": inner.url + "/"}))
        door = HttpDoor(policy)
        assert [carried(door, post(receiver.url + "/")).status for _ in range(5)] == [301, 302, 303, 307, 308]
        assert inner.connections == 0
        door.close()


def test_closing_leaves_no_thread_and_no_file_behind(policy: Policy, tmp_path: Path) -> None:
    before = threading.active_count()
    own = tmp_path / "own.pem"
    own.write_bytes(b"")
    door = HttpDoor(replace(policy, ca_file=str(own)))
    bundle = Path(door._trusted.name)
    assert bundle.stat().st_mode & 0o077 == 0
    door.close()
    assert not bundle.exists()
    assert threading.active_count() == before


def test_the_public_authorities_are_read_where_they_lie(policy: Policy) -> None:
    door = HttpDoor(policy)
    assert door._trusted.name == certifi.where()
    door.close()


def test_networks_may_be_written_with_host_bits() -> None:
    assert networks(["10.1.2.3/16"]) == networks(["10.1.0.0/16"])
