"""Somebody else's stand-in for Slack: the npm package emulate, as a program of its own. It needs Node 22 or newer."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.patience import PATIENT
from tests.servers.databases import ROOT
from tests.servers.house import START_SECONDS, wait_for
from tests.servers.ports import free_port

MODULES = ROOT / "node_modules"
PROGRAM = MODULES / "emulate" / "dist" / "index.js"
# The newer Node that npm brings along where it has one for the machine; Debian's may be older.
BROUGHT = next(iter(MODULES.glob("node-*/bin/node")), None)
LEAST = 22
CHANNEL = "C000000001"  # the one that it begins with


def lacking() -> str:
    """Why it cannot be run here; empty where it can."""
    if not PROGRAM.exists():
        return "the npm package emulate is not installed (npm ci)"
    return "" if node() else f"there is no Node {LEAST} or newer"


def node() -> Path | None:
    """A Node that is new enough."""
    for found in (shutil.which("node"), BROUGHT):
        if found and _version(Path(found)) >= LEAST:
            return Path(found)
    return None


@contextmanager
def emulated_slack() -> Iterator[str]:
    """The address of its Web API."""
    port = free_port()
    command = [str(node()), str(PROGRAM), "start", "--service", "slack", "--port", str(port)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: _listens(port), START_SECONDS, "emulate")
        yield f"http://127.0.0.1:{port}/api"
    finally:
        running.terminate()
        running.wait(PATIENT)


def _listens(port: int) -> bool:
    with socket.socket() as knocking:
        return knocking.connect_ex(("127.0.0.1", port)) == 0


def _version(program: Path) -> int:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.strip().lstrip("v").partition(".")[0])
