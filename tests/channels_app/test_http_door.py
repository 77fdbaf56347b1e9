"""The HTTP door carries calls, bounds them, and says in safe words why one got no answer."""

import resource
import socket
import time
from dataclasses import replace

import pytest

from channels_app.contract import DoorError, HttpCall, Reply
from channels_app.doors.guard import Policy
from channels_app.doors.http import HttpDoor
from tests.channels_app.calls import carried, post, replies
from tests.patience import PATIENT
from tests.servers import rude
from tests.servers.house import wait_for
from tests.servers.http import Answer, Receiver, Request
from tests.servers.rude import Rude

SECRET = "s3cr3t-t0ken-in-the-path"


def test_a_post_arrives_as_it_was_given_and_its_answer_comes_back(door: HttpDoor, receiver: Receiver) -> None:
    receiver.script(Answer(201, b"made", {"X-Thing": "one", "x-thing": "two"}))

    reply = carried(door, post(f"{receiver.url}/a?b=c", b'{"x": "\xc3\xa9"}', Authorization="Bearer t"))

    assert (reply.status, reply.body, reply.error) == (201, b"made", None)
    assert reply.headers["x-thing"] == "one, two"
    assert reply.seconds > 0
    assert reply.at > 0
    request = receiver.received[0]
    assert (request.method, request.path, request.body) == ("POST", "/a?b=c", b'{"x": "\xc3\xa9"}')
    assert request.headers["authorization"] == "Bearer t"
    assert "expect" not in request.headers


def test_nothing_of_one_call_is_left_in_the_next(door: HttpDoor, receiver: Receiver) -> None:
    carried(door, post(f"{receiver.url}/first", b"long body of the first", Authorization="Bearer first"))
    carried(door, HttpCall("GET", f"{receiver.url}/second"))
    carried(door, HttpCall("POST", f"{receiver.url}/third"))

    _, second, third = receiver.received
    assert (second.method, second.body, "authorization" in second.headers) == ("GET", b"", False)
    assert (third.method, third.body, "authorization" in third.headers) == ("POST", b"", False)
    assert receiver.connections == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_pass(door: HttpDoor, receiver: Receiver, method: str) -> None:
    assert carried(door, HttpCall(method, receiver.url + "/x", {}, b"b")).status == 200
    assert (receiver.received[0].method, receiver.received[0].body) == (method, b"b")


def test_a_204_has_no_body(door: HttpDoor, receiver: Receiver) -> None:
    receiver.script(Answer(204))
    assert carried(door, post(receiver.url + "/")).status == 204


@pytest.mark.parametrize("manner", ["close", "reset", "truncate"])
def test_a_connection_that_ends_early_is_a_reset(door: HttpDoor, receiver: Receiver, manner: str) -> None:
    receiver.default = Answer(200, b"a longer body", manner=manner)  # type: ignore[arg-type]
    assert carried(door, post(f"{receiver.url}/{SECRET}")).error is DoorError.RESET


def test_a_connection_that_is_reset_at_once_is_told_as_one_that_failed(door: HttpDoor) -> None:
    with Rude(rude.reset_at_once) as server:
        assert carried(door, post(server.url + "/")).error in (DoorError.RESET, DoorError.CONNECT)


def test_what_is_not_http_is_no_answer(door: HttpDoor, receiver: Receiver) -> None:
    receiver.default = Answer(manner="garbage")
    reply = carried(door, post(receiver.url + "/"))
    assert (reply.status, reply.error) == (None, DoorError.OTHER)


@pytest.mark.parametrize("manner", ["hang", "drip"])
def test_a_call_ends_in_its_total_time_whatever_the_remote_does(
    policy: Policy, receiver: Receiver, manner: str
) -> None:
    door = HttpDoor(replace(policy, total_seconds=0.4))
    receiver.default = Answer(200, b"x" * 10_000, manner=manner)  # type: ignore[arg-type]

    reply = carried(door, post(receiver.url + "/"))

    assert reply.error is DoorError.TIMEOUT
    assert reply.seconds < Policy().total_seconds  # which it would take if nobody asked how long it may take
    door.close()


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (5000, False), (5_000_000, False)])
def test_a_reply_longer_than_the_limit_is_cut_off(policy: Policy, receiver: Receiver, size: int, fits: bool) -> None:
    door = HttpDoor(replace(policy, max_reply_bytes=4096))
    receiver.default = Answer(200, b"x" * size)
    reply = carried(door, post(receiver.url + "/"))
    assert (reply.status == 200) is fits
    assert reply.error is (None if fits else DoorError.TOO_LARGE)
    door.close()


def test_endless_headers_are_cut_off_too(policy: Policy, receiver: Receiver) -> None:
    door = HttpDoor(replace(policy, max_reply_bytes=4096))
    receiver.default = Answer(200, b"", {f"X-{number}": "y" * 100 for number in range(100)})
    assert carried(door, post(receiver.url + "/")).error is DoorError.TOO_LARGE
    door.close()


def test_a_closed_port_is_no_connection(door: HttpDoor) -> None:
    with socket.socket() as taken:  # so that nobody else listens there meanwhile
        taken.bind(("127.0.0.1", 0))
        reply = carried(door, post(f"http://127.0.0.1:{taken.getsockname()[1]}/{SECRET}"))
    assert reply.error is DoorError.CONNECT


def test_an_unknown_name_is_not_found(door: HttpDoor) -> None:
    assert carried(door, post(f"https://nobody.invalid/{SECRET}")).error is DoorError.DNS


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "file:///etc/passwd", "//127.0.0.1/x", "http:///x", "http://", "",
        "http://user:pass@127.0.0.1/x", "http://user@127.0.0.1/x", "http://127.0.0.1:99999/x", "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nX: y", "http://127.0.0.1\\@example.org/", "http://[::1/x", "http://b\u00fccher.example/",
    ],
)  # fmt: skip
def test_a_url_that_must_not_be_called_is_a_bad_address(door: HttpDoor, url: str) -> None:
    reply = carried(door, post(url))
    assert (reply.status, reply.error) == (None, DoorError.BAD_ADDRESS)


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "caf\u00e9", "a\0b"])
def test_a_header_cannot_smuggle_another(door: HttpDoor, receiver: Receiver, value: str) -> None:
    assert carried(door, post(receiver.url + "/", Name=value)).error is DoorError.OTHER
    assert receiver.received == []


def test_errors_never_repeat_the_address(door: HttpDoor, receiver: Receiver) -> None:
    receiver.default = Answer(manner="reset")
    for url in (
        f"{receiver.url}/{SECRET}",
        f"http://u:{SECRET}@127.0.0.1/",
        f"https://{SECRET}.invalid/",
        f"x:{SECRET}",
    ):
        assert SECRET not in repr(carried(door, post(url)))


def test_redirects_are_not_followed(door: HttpDoor, receiver: Receiver) -> None:
    receiver.script(Answer(302, b"", {"Location": f"{receiver.url}/elsewhere"}))
    assert carried(door, post(receiver.url + "/")).status == 302
    assert len(receiver.received) == 1


def test_a_kept_connection_that_closes_unanswered_never_makes_a_second_post(door: HttpDoor, receiver: Receiver) -> None:
    receiver.script(Answer(), Answer(manner="close"))
    first = carried(door, post(receiver.url + "/"))

    second = carried(door, post(receiver.url + "/"))

    assert (first.status, second.error) == (200, DoorError.RESET)
    assert [request.connection for request in receiver.received] == [1, 1]
    assert receiver.connections == 1
    assert carried(door, post(receiver.url + "/")).status == 200


def test_many_kept_connections_that_close_unanswered_count_one_post_each(door: HttpDoor, receiver: Receiver) -> None:
    receiver.decide = lambda request: Answer(seconds=0.05)
    replies(door, *(post(f"{receiver.url}/warm") for _ in range(20)))
    receiver.decide = lambda request: Answer(manner="reset" if request.connection % 2 else "close")

    got = replies(door, *(post(f"{receiver.url}/{number}") for number in range(20)))

    assert {reply.error for reply in got} == {DoorError.RESET}
    paths = [request.path for request in receiver.received[20:]]
    assert sorted(paths) == sorted({f"/{number}" for number in range(20)})


def test_a_connection_closed_while_idle_costs_no_call(door: HttpDoor, receiver: Receiver) -> None:
    receiver.script(Answer(keep=False), Answer())
    assert carried(door, post(receiver.url + "/")).status == 200
    wait_for(lambda: not receiver.open_connections, PATIENT)
    assert carried(door, post(receiver.url + "/")).status == 200
    assert receiver.connections == 2


def test_a_done_may_start_the_next_call(door: HttpDoor, receiver: Receiver) -> None:
    chain: list[int | None] = []

    def again(reply: Reply) -> None:
        chain.append(reply.status)
        if len(chain) < 3:
            door.start(post(receiver.url + "/"), again)

    door.start(post(receiver.url + "/"), again)
    while door.in_flight:
        door.pump(1.0)
    assert chain == [200, 200, 200]


def test_an_error_in_one_done_loses_no_other(door: HttpDoor) -> None:
    told: list[Reply] = []

    def broken(reply: Reply) -> None:
        raise RuntimeError("the caller's own")

    door.start(post("ftp://x/"), broken)
    door.start(post("ftp://x/"), told.append)
    with pytest.raises(RuntimeError):
        door.pump(0)
    door.pump(0)
    assert len(told) == 1


def test_a_watched_file_ends_the_wait(door: HttpDoor) -> None:
    bell, ringer = socket.socketpair()
    door.watch(bell)
    ringer.send(b"!")
    began = time.monotonic()
    door.pump(2 * PATIENT)
    assert time.monotonic() - began < PATIENT
    assert bell.recv(1) == b"!"
    door.unwatch(bell)
    began = time.monotonic()
    ringer.send(b"!")
    door.pump(0.05)
    assert time.monotonic() - began >= 0.04


def test_an_idle_pump_waits_as_long_as_told_and_no_longer(door: HttpDoor) -> None:
    took = []
    for _ in range(5):
        began = time.monotonic()
        door.pump(0.1)
        took.append(time.monotonic() - began)
    assert 0.09 <= min(took) < 0.5  # one of them meets no stall


def test_it_works_with_more_than_1024_open_files(policy: Policy, receiver: Receiver) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    kept = [socket.socket() for _ in range(1100)]
    try:
        door = HttpDoor(policy)
        got = replies(door, *(post(f"{receiver.url}/{number}") for number in range(40)))
        door.close()
    finally:
        for each in kept:
            each.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert {reply.status for reply in got} == {200}


def test_closing_the_door_drops_what_is_under_way(policy: Policy, receiver: Receiver) -> None:
    door = HttpDoor(policy)
    told: list[Reply] = []
    receiver.default = Answer(manner="hang")
    door.start(post(receiver.url + "/"), told.append)
    while not receiver.received and door.in_flight:
        door.pump(0.05)
    assert door.in_flight == 1
    door.close()
    assert told == []


def test_the_receiver_itself_is_strict(receiver: Receiver) -> None:
    with socket.socket() as raw:
        raw.connect((receiver.host, receiver.port))
        raw.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 411")
    assert receiver.received == []


def test_decide_sees_the_request(door: HttpDoor, receiver: Receiver) -> None:
    def decide(request: Request) -> Answer:
        return Answer(404) if request.path == "/gone" else Answer(manner="echo")

    receiver.decide = decide
    assert carried(door, post(receiver.url + "/gone")).status == 404
    assert b"content-type: application/json" in carried(door, post(receiver.url + "/here")).body
