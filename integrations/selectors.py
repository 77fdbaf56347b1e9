"""What is known of an integration: its typed settings, its masked config, its secrets."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from channels_app import registry
from channels_app.contract import Kind, Settings
from channels_app.judging import clean_words
from channels_app.speech import Speech, speech_of
from integrations import masking, vault
from integrations.models import Integration
from integrations.vault import Stored, Unreadable
from teams.models import Team


def integrations_of(team: Team, *, name: str | None = None, kind: str | None = None) -> QuerySet[Integration]:
    """The team's integrations with their health; `name` and `kind` must match whole."""
    found = Integration.objects.of(team).select_related("health")
    if name is not None:
        found = found.filter(name=name)
    return found if kind is None else found.filter(kind=kind)


def kind_of(integration: Stored) -> Kind:
    """The code of its kind; `Unreadable` if this installation no longer has it."""
    try:
        return registry.kind(integration.kind)
    except registry.UnknownKind:
        raise Unreadable(integration, f"are of the type “{integration.kind}”, which is not installed") from None


def settings_of(integration: Stored) -> Settings:
    """The kind's frozen dataclass, secrets in it; raises `Unreadable`."""
    return kind_of(integration).spec.settings(vault.unseal(integration))


def masked_config(integration: Integration) -> dict[str, Any]:
    """The config with every secret masked; raises `Unreadable`."""
    return masking.masked(vault.unseal(integration), kind_of(integration).spec.form.secret_fields)


def secrets_of(integration: Integration) -> tuple[str, ...]:
    """Every raw value that must stand in no stored words; raises `Unreadable`."""
    return secrets_in(kind_of(integration), vault.unseal(integration))


def secrets_in(kind: Kind, config: dict[str, Any]) -> tuple[str, ...]:
    """The same for a config that is not stored."""
    fields = (str(config[name]) for name in kind.spec.form.secret_fields if config.get(name))
    return tuple(dict.fromkeys((*fields, *kind.spec.secrets(kind.spec.settings(config)))))


def scrub(words: str, secrets: Sequence[str]) -> str:
    """`words` on one line of at most 200 characters, without the secrets in any form (raw, URL-encoded, base64)."""
    return clean_words(words, secrets)


def speech_for(integration: Integration) -> Speech:
    """The language and the time zone of its messages."""
    return speech_of(integration.language, integration.time_zone)
