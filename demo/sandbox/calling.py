"""The one way from the sandbox to Bellhop: as Slack and HipChat call it, but this installation alone."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests  # noqa: TID251 - the demo calls our own server
from django.conf import settings

PATIENCE = 3.0  # s, as Slack has it
LONGEST = 100_000  # bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `status` is 0 where nothing did, and `late` tells whether it came too late."""

    status: int
    body: bytes = b""
    content_type: str = ""
    late: bool = False


def is_ours(url: str) -> bool:
    """Whether an address is on this machine or at this installation's own base URL, over http or https."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    home = urlsplit(settings.BELLHOP_BASE_URL)
    is_home = (parts.scheme, parts.netloc) == (home.scheme, home.netloc)
    return parts.scheme in ("http", "https") and (is_home or _is_loopback(parts.hostname or ""))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post to Bellhop, within three seconds; nowhere else."""
    if not is_ours(url):
        return Answer(0)
    with requests.Session() as session:
        session.trust_env = False
        try:
            got = session.post(url, body, headers=dict(headers), timeout=PATIENCE, allow_redirects=False)
        except requests.Timeout:
            return Answer(0, late=True)
        except requests.RequestException:
            return Answer(0)
        return Answer(got.status_code, got.content[:LONGEST], got.headers.get("Content-Type", ""))
