"""Settings by which operators watch the house, each fault with an id and a hint. No text repeats a secret."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email


@register(Tags.security)
def check_watching(app_configs: Sequence[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:
    return [*_operators(), *_bind(), *_deadman()]


def _operators() -> Iterator[CheckMessage]:
    for item in settings.BELLHOP_OPERATORS:
        try:
            validate_email(item)
        except ValidationError:
            hint = "Write addresses separated by commas, such as ann@example.com,bob@example.com."
            yield Error(f"BELLHOP_OPERATORS: {item!r} is no e-mail address.", hint=hint, id="deliveries.E001")


def _bind() -> Iterator[CheckMessage]:
    bind = settings.BELLHOP_METRICS_BIND
    if not bind:
        return
    host, _, port = bind.rpartition(":")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        address = None
    if address is None or not port.isascii() or not port.isdigit() or not 0 < int(port) <= 65_535:
        hint = "Write an address and a port, such as 127.0.0.1:9100."
        yield Error("BELLHOP_METRICS_BIND is no place to listen.", hint=hint, id="deliveries.E002")
    elif not address.is_loopback and not settings.BELLHOP_METRICS_TOKEN:
        yield Warning(
            "BELLHOP_METRICS_BIND is open to other machines and asks for no token.",
            hint="Set BELLHOP_METRICS_TOKEN, or listen on 127.0.0.1, unless only Prometheus can reach that address.",
            id="deliveries.W001",
        )


def _deadman() -> Iterator[CheckMessage]:
    if settings.BELLHOP_DEADMAN_URL and not _is_url(settings.BELLHOP_DEADMAN_URL):
        hint = "Write a whole address without user name or password, such as https://checks.example.com/ping/..."
        yield Error("BELLHOP_DEADMAN_URL is no address that can be called.", hint=hint, id="deliveries.E003")


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        return False
