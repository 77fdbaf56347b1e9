"""Unsafe or malformed settings, each with an id and a hint. No text repeats a secret."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from teams import rates


@register(Tags.security)
def check_settings(app_configs: Sequence[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:
    return [*_base_url(), *_keys(), *_networks(), *_rate(), *_unreadable()]


def _base_url() -> Iterator[CheckMessage]:
    scheme, host = _scheme_and_host(settings.BELLHOP_BASE_URL)
    if scheme not in ("http", "https") or not host:
        yield Error(
            "BELLHOP_BASE_URL is no address: every link in a message starts with it.",
            hint="Write the address people use, such as https://bellhop.example.com, without a path.",
            id="teams.E004",
        )
        return
    if is_loopback(host):
        return
    if settings.DEBUG:
        yield Error(
            "DEBUG is on although BELLHOP_BASE_URL is not a loopback address: error pages would show settings.",
            hint="Unset DEBUG.",
            id="teams.E001",
        )
    if scheme != "https":
        yield Warning(
            "BELLHOP_BASE_URL is not https: passwords and sessions travel in clear.",
            hint="Put a server that speaks TLS in front and write https:// in BELLHOP_BASE_URL.",
            id="teams.W002",
        )


def _scheme_and_host(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        whole = parts.hostname and not (parts.path or parts.query or parts.fragment or parts.username)
        return (parts.scheme, parts.hostname or "") if whole and parts.port != 0 else ("", "")
    except ValueError:
        return "", ""


def is_loopback(host: str) -> bool:
    """Whether the host name or address can be reached from its own machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _keys() -> Iterator[CheckMessage]:
    for place, key in enumerate(settings.BELLHOP_ENCRYPTION_KEYS, start=1):
        if not _is_key(key):
            yield Error(
                f"BELLHOP_ENCRYPTION_KEYS: key {place} is malformed.",
                hint="A key is 32 bytes in URL-safe base64 (44 characters); several are separated by commas, "
                'newest first. Make one: python -c "from cryptography.fernet import Fernet; '
                'print(Fernet.generate_key().decode())"',
                id="teams.E002",
            )
    if settings.SECRETS_ARE_GENERATED and not settings.DEMO:
        yield Warning(
            "SECRET_KEY or BELLHOP_ENCRYPTION_KEYS is not set: keys were generated into the data directory, "
            "so one stolen backup holds the sealed data and its keys.",
            hint="Move the values from secrets.json in BELLHOP_DATA_DIR to the environment, then delete the file.",
            id="teams.W001",
        )


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _networks() -> Iterator[CheckMessage]:
    for name, check_id in (("BELLHOP_ALLOWED_NETWORKS", "teams.E003"), ("BELLHOP_TRUSTED_PROXIES", "teams.E008")):
        for item in getattr(settings, name):
            try:
                ipaddress.ip_network(item, strict=False)
            except ValueError:
                yield Error(
                    f"{name}: {item!r} is no network.",
                    hint="Write networks separated by commas, such as 10.1.0.0/16,fd00::/8.",
                    id=check_id,
                )


def _rate() -> Iterator[CheckMessage]:
    try:
        rates.parse(settings.BELLHOP_API_RATE)
    except ValueError as error:
        yield Error(f"BELLHOP_API_RATE: {error}.", hint="The default is 6000/min.", id="teams.E005")


def _unreadable() -> Iterator[CheckMessage]:
    for name, text in settings.BELLHOP_MALFORMED.items():
        yield Error(
            f"{name} {text}.",
            hint=f"Set {name} right, or unset it for its default.",
            id="teams.E006" if name == "EMAIL_URL" else "teams.E007",
        )
