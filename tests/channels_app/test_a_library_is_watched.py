"""What a library does in a call of ours passes the guard, in every thread that has the call's context."""

import contextvars
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from channels_app.doors.guard import Policy, networks
from channels_app.doors.watch import NOWHERE, Refused, Watch, watched
from tests.patience import PATIENT, tries
from tests.servers.http import Answer, Receiver

LOCAL = Policy(networks(["127.0.0.0/8"]))


def connected(receiver: Receiver) -> socket.socket:
    line = socket.socket()
    line.settimeout(2 * PATIENT)
    line.connect(("127.0.0.1", receiver.port))
    return line


def test_a_connection_to_an_inner_address_is_refused_before_it_is_made(receiver: Receiver) -> None:
    watch = Watch("https", Policy())
    with watched(watch, PATIENT), socket.socket() as line, pytest.raises(Refused):
        line.connect(("127.0.0.1", receiver.port))

    assert (watch.refused, watch.knocked, receiver.connections) == (True, 1, 0)


def test_plain_text_goes_to_the_operators_networks_only() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        with watched(Watch("http", Policy()), PATIENT), pytest.raises(Refused):
            line.sendto(b"x", ("127.0.0.1", 9))
        with watched(Watch("http", LOCAL), PATIENT):
            line.sendto(b"x", ("127.0.0.1", 9))


def test_what_may_go_nowhere_goes_nowhere(receiver: Receiver) -> None:
    with watched(Watch(NOWHERE, LOCAL), PATIENT), pytest.raises(Refused):
        connected(receiver)


def test_names_sockets_of_this_machine_and_programs_are_refused(tmp_path: Path) -> None:
    with watched(Watch("http", LOCAL), PATIENT):
        with socket.socket() as line, pytest.raises(Refused):
            line.connect(("localhost", 9))
        with socket.socket(socket.AF_UNIX) as line, pytest.raises(Refused):
            line.connect(str(tmp_path / "docker.sock"))
        with pytest.raises(Refused):
            subprocess.run([sys.executable, "-c", ""], check=False)


def test_other_threads_with_the_calls_context_are_heard_and_those_without_are_not(receiver: Receiver) -> None:
    seen: list[str] = []

    def connect() -> None:
        try:
            connected(receiver).close()
            seen.append("connected")
        except Refused:
            seen.append("refused")

    with watched(Watch("https", Policy()), PATIENT):
        context = contextvars.copy_context()
        for job in (lambda: context.run(connect), connect):
            thread = threading.Thread(target=job)
            thread.start()
            thread.join()
    connect()

    assert seen == ["refused", "connected", "connected"]


def test_when_time_is_over_every_connection_is_shut_and_none_is_made(receiver: Receiver) -> None:
    receiver.default = Answer(manner="hang")
    for seconds in tries():
        watch = Watch("http", LOCAL)
        with watched(watch, seconds):
            try:
                line = connected(receiver)
            except TimeoutError:
                continue  # a stall took all of it
            assert line.recv(1) == b""
            line.close()
            with pytest.raises(TimeoutError):
                connected(receiver)
        break
    assert (watch.knocked, watch.ran_out) == (2, True)


def test_what_is_over_in_time_did_not_run_out(receiver: Receiver) -> None:
    watch = Watch("http", LOCAL)
    with watched(watch, PATIENT):
        connected(receiver).close()
    assert not watch.ran_out
