"""Ports for programs that must be told one: neither the system nor another test hands them to anybody else."""

import errno
import random
import socket
from pathlib import Path

FIRST, LAST = 20_000, 65_535
ENOUGH = 1_000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_kept: list[socket.socket] = []


def free_port(host: str = "127.0.0.1") -> int:
    """One that nobody listens on, and that no other test of this machine is given before this process ends.

    It lies below those that the system hands out by itself, so that nobody gets it by chance before it is used.
    """
    places = _places()
    for port in random.sample(places, len(places)):
        if _claimed(port):
            if _is_free(host, port):
                return port
            _kept.pop().close()
    raise OSError(errno.EADDRINUSE, "no port is free")


def _places() -> range:
    """Where the system hands out nearly all by itself, only other tests are kept away."""
    handed_out = int(_EPHEMERAL.read_text().split()[0])
    return range(FIRST, handed_out if handed_out >= FIRST + ENOUGH else LAST + 1)


def _claimed(port: int) -> bool:
    """Whether the port is this process's from now on, among tests: by a name that only one can have, and no file."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0bellhop-tests-port-{port}")
    except OSError:
        claim.close()
        return False
    _kept.append(claim)
    return True


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind((host, port))
        except OSError:
            return False
    return True
