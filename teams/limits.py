"""Limits against guessing and flooding, counted in the database over all processes."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from teams import counters
from teams.rates import Rate

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Limit:
    """At most `rate` for each subject, an address or an account; only a hash of the subject is stored."""

    name: str
    rate: Rate

    def take(self, subject: str, now: datetime, amount: int = 1) -> bool:
        """Count once, or `amount` at a time; whether that was still within the limit."""
        return counters.count(self._key(subject), self.rate.seconds, now, amount) <= self.rate.limit

    def give_back(self, subject: str, now: datetime) -> None:
        counters.give_back(self._key(subject), self.rate.seconds, now)

    def seconds_left(self, now: datetime) -> int:
        return counters.seconds_left(self.rate.seconds, now)

    def _key(self, subject: str) -> str:
        return f"{self.name}:{hashlib.sha256(subject.encode()).hexdigest()}"


LOGIN_ACCOUNT = Limit("login-account", Rate(10, 900))
LOGIN_ADDRESS = Limit("login-address", Rate(50, 900))
RESET_ACCOUNT = Limit("reset-account", Rate(3, 3600))
RESET_ADDRESS = Limit("reset-address", Rate(20, 3600))
PASSWORD_ACCOUNT = Limit("password-account", Rate(10, 900))
INVITING_TEAM = Limit("inviting-team", Rate(100, 86_400))
INVITED_ACCOUNT = Limit("invited-account", Rate(5, 86_400))
ACCEPTING_ADDRESS = Limit("accepting-address", Rate(20, 900))
PICTURE_ADDRESS = Limit("picture-address", Rate(300, 60))


def client_address(request: HttpRequest) -> str:
    """Where the request comes from: the nearest address that is no trusted proxy; an IPv6 client counts by its /64."""
    trusted = _networks(settings.BELLHOP_TRUSTED_PROXIES)
    hops = [*request.headers.get("X-Forwarded-For", "").split(","), request.META.get("REMOTE_ADDR", "")]
    nearest = ""
    for hop in reversed(hops):
        address = _parsed(hop)
        if address is None:
            break
        nearest = _counted(address)
        if not any(address in network for network in trusted):
            break
    return nearest


def _networks(texts: list[str]) -> list[Network]:
    """The well-formed ones; a system check names the others."""
    networks = []
    for text in texts:
        try:
            networks.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            continue
    return networks


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def _counted(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))
