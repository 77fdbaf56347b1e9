"""Calls an address of the operator's while all is well, so that somebody else notices when it no longer is."""

import ipaddress
import logging
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings

from channels_app.contract import HttpCall, Reply
from channels_app.doors import Doors, Policy, carry
from deliveries import house
from deliveries.auditing.beside import beside

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
SECONDS = 10.0
# The operator's own address: the guard is for what users type.
ANYWHERE = tuple(ipaddress.ip_network(text) for text in ("0.0.0.0/0", "::/0"))


def ping(now: datetime) -> None:
    """The job: call beside the timers, if there is an address and nothing is wrong."""
    if not settings.BELLHOP_DEADMAN_URL:
        return
    if wrong := house.troubles(now):
        log.warning("no dead-man ping: %s", " ".join(wrong))
        return
    beside("deadman", call)


def call() -> None:
    """Call once. What is logged of the address is its host: the rest of it is a secret."""
    url = settings.BELLHOP_DEADMAN_URL
    doors = Doors(Policy(ANYWHERE, settings.BELLHOP_PROXY, settings.BELLHOP_CA_FILE, SECONDS))
    try:
        reply = carry(HttpCall("GET", url), doors)
    finally:
        doors.close()
    if wrong := _wrong(reply):
        log.error("the dead-man ping to %s failed: %s", _host(url), wrong)


def _wrong(reply: Reply) -> str:
    if reply.error:
        return str(reply.error)
    return "" if reply.status and 200 <= reply.status < 300 else f"status {reply.status}"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"
