"""Which addresses Bellhop may speak to. Pure but for reading the settings and, where asked to, resolving a name."""

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

REFUSED_WORDS = "this address is not allowed as a destination"

_REFUSED_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a public number that Azure routes to the machine's own host
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID, benchmarks
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NUMBERS_AND_DOTS = re.compile(r"[0-9a-fx]+(\.[0-9a-fx]+){0,3}\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator allows beyond public addresses, and the limits of one call. Times in seconds."""

    allowed_networks: tuple[Network, ...] = ()
    proxy: str = ""
    ca_file: str = ""
    total_seconds: float = 10.0
    connect_seconds: float = 5.0
    max_reply_bytes: int = 64 * 1024
    per_address: int = 100


def policy_from_settings() -> Policy:
    """The policy of this installation; `ValueError` names the network that cannot be read."""
    return Policy(
        allowed_networks=networks(getattr(settings, "BELLHOP_ALLOWED_NETWORKS", ())),
        proxy=getattr(settings, "BELLHOP_PROXY", ""),
        ca_file=getattr(settings, "BELLHOP_CA_FILE", ""),
        total_seconds=float(getattr(settings, "BELLHOP_CALL_SECONDS", 10.0)),
        per_address=int(getattr(settings, "BELLHOP_PER_ADDRESS", 100)),
    )


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks that `texts` name, host bits ignored."""
    return tuple(ipaddress.ip_network(text.strip(), strict=False) for text in texts if text.strip())


def allowed(ip: str | IPAddress, scheme: str, policy: Policy) -> bool:
    """Whether a connection to `ip` may be made: https to public addresses, all schemes to the operator's networks.

    `tcp` is a conversation that anyone between may read, as `http` is.
    """
    address = _plain(ip)
    if address is None or scheme not in ("http", "https", "tcp"):
        return False
    if in_allowed_networks(address, policy):
        return True
    return scheme == "https" and is_public(address)


def in_allowed_networks(ip: str | IPAddress, policy: Policy) -> bool:
    """Whether the operator named a network that holds `ip`."""
    address = _plain(ip)
    return address is not None and any(
        address in network for network in policy.allowed_networks if network.version == address.version
    )


def is_public(ip: str | IPAddress) -> bool:
    """Whether `ip` is an ordinary public address. An IPv4 address carried inside an IPv6 one is judged as itself."""
    address = _plain(ip)
    if address is None:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_V6 and not any(address in network for network in _REFUSED_V6)


def literal(host: str) -> IPAddress | None:
    """The address that `host` spells in any form a resolver would take, `localhost` included; None for a name.

    Decimal, octal, hexadecimal and shortened IPv4, bracketed IPv6, zone ids, full-width digits, a trailing dot.
    """
    text = unicodedata.normalize("NFKC", host).replace("\u3002", ".").strip().strip("[]").lower()
    if text.rstrip(".") == "localhost" or text.rstrip(".").endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    if ":" in text:
        return _plain(text)
    if not _NUMBERS_AND_DOTS.fullmatch(text):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text.rstrip(".")))
    except OSError:
        return None


def resolves_inside(host: str, policy: Policy) -> bool:
    """Whether every address of the name `host` lies in the operator's networks. Asks the resolver, once."""
    if not policy.allowed_networks:
        return False
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(in_allowed_networks(ip, policy) for ip in found)


def _plain(ip: str | IPAddress) -> IPAddress | None:
    """`ip` without zone id, an IPv4-mapped one as IPv4; None where it is no address."""
    try:
        address = ipaddress.ip_address(ip.partition("%")[0]) if isinstance(ip, str) else ip
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
