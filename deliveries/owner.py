"""Who holds a lease: a process that others of the same host can tell from one that is dead."""

import os
import secrets
import socket
from pathlib import Path


def this_process() -> str:
    """`host:pid:start:nonce`. The nonce tells two senders of one process apart."""
    pid = os.getpid()
    return f"{_host()}:{pid}:{_started(pid)}:{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Whether `owner` is a process of this host that has ended. Of other hosts nothing is known: False."""
    host, _, rest = owner.rpartition(":")[0].partition(":")
    pid, _, started = rest.partition(":")
    if host != _host() or not pid.isdecimal():
        return False
    return _started(int(pid)) != started


def _host() -> str:
    """The host, and on Linux the space of process ids, since containers may share the name."""
    try:
        space = f"-{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        space = ""
    return socket.gethostname().replace(":", "-")[:60] + space


def _started(pid: int) -> str:
    """When the process began, in the system's own units; empty where there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return "" if Path("/proc/self").exists() else _alive(pid)
    return stat.rpartition(")")[2].split()[19]


def _alive(pid: int) -> str:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "alive"
    return "alive"
