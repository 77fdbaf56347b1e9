"""The servers of the tests are gone when a test has left them: nobody is taken by what should refuse."""

import errno
import socket
from collections.abc import Callable

import pytest

from tests.servers.http import Receiver
from tests.servers.listening import Listening
from tests.servers.relay import Relay
from tests.servers.rude import Rude, reset_at_once
from tests.servers.smtp import MailServer


def knocked(port: int) -> int:
    """The error number of connecting, or 0."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port))


@pytest.mark.parametrize("made", [Receiver, MailServer, lambda: Rude(reset_at_once), lambda: Relay(1)])
def test_a_server_that_was_left_takes_no_connection(made: Callable[[], Listening]) -> None:
    knocks = []
    for _ in range(3):  # a port that is free may be somebody else's at once, but hardly three of them
        with made() as running:
            assert knocked(running.port) == 0
        knocks.append(knocked(running.port))

    assert errno.ECONNREFUSED in knocks
