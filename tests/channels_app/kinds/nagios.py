"""Nagios: speaks NSCA over TCP, which never answers; its fates are in tests/failings/tcp.py."""

from typing import Any
from urllib.parse import urlsplit

from tests.channels_app.kinds.sample import Sample
from tests.servers.nsca import Nsca

PASSWORD = "NscaPasswordThatNobodyMaySee"


def config(server: str) -> dict[str, Any]:
    """NSCA with XOR to the host and port of `server`."""
    parts = urlsplit(server)
    return {
        "way": "nsca",
        "server": parts.hostname or "127.0.0.1",
        "port": parts.port or 5667,
        "encryption": "xor",
        "password": PASSWORD,
        "packet": "long",
        "host_name": "{label:host}",
        "service_name": "{rule}",
        "catch_all_host": "bellhop",
        "catch_all_service": "alerts",
        "test_service": "bellhop",
        "info_state": "ok",
        "refresh_minutes": 5,
    }


SAMPLE = Sample(config=config, secrets=(PASSWORD,), remote=lambda: Nsca(1, PASSWORD.encode()))
