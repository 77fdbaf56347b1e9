"""A port that a test is given is nobody else's, in whichever process that runs."""

import subprocess
import sys

import pytest

from tests.servers import ports
from tests.servers.databases import ROOT

ASK = "from tests.servers import ports; ports._places = lambda: range({0}, {0} + 2); print(ports.free_port())"


def test_nobody_else_is_given_it_though_nobody_listens_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = ports.free_port()
    asked = subprocess.run([sys.executable, "-c", ASK.format(mine)], cwd=ROOT, capture_output=True, text=True)
    assert asked.stdout.strip() != str(mine), "the other process knows what is taken here"
    monkeypatch.setattr(ports, "_places", lambda: range(mine, mine + 1))
    with pytest.raises(OSError, match="no port is free"):
        ports.free_port()


def test_the_system_hands_it_to_nobody_by_itself() -> None:
    handed_out = int(ports._EPHEMERAL.read_text().split()[0])
    assert ports.free_port() < handed_out or handed_out < ports.FIRST + ports.ENOUGH
