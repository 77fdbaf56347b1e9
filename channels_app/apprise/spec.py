"""What an Apprise integration is: one address of any of the many services that the library Apprise knows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote

from django import forms

from channels_app.contract import Abilities, Rate, Spec
from channels_app.doors.apprise import absence, is_readable, objection, schema_of
from channels_app.fields import URL_LIMIT, KindForm

TEXT_LIMIT = 10_000  # a service that takes less gets the beginning
# What they would do is Bellhop's to decide, or would read files of the machine.
REFUSED_OPTIONS = frozenset(
    ("cto", "keyfile", "optional", "overflow", "redirect", "retry", "rto", "subfile", "tag", "template")
) | {"verify", "wait", "wkd"}
_FILE_OPTIONS = ("pgp", "pem", "smime")
_PARTS = re.compile(r"[/?&=@:,;#]+")


class AppriseForm(KindForm):
    """The one field: the address, which holds every secret."""

    secret_fields: ClassVar[tuple[str, ...]] = ("url",)
    address_fields: ClassVar[tuple[str, ...]] = ("url",)

    url = forms.CharField(
        label="Apprise URL",
        max_length=URL_LIMIT,
        help_text="The whole address as Apprise's own documentation describes it for the service. It is kept secret.",
        widget=forms.TextInput(
            attrs={
                "placeholder": "ntfys://host/topic",
                "autocomplete": "off",
                "spellcheck": "false",
                "inputmode": "url",
            }
        ),
    )

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        problem, code = _problem_with(url)
        if problem:
            raise forms.ValidationError(problem, code=code)
        return url


def _problem_with(url: str) -> tuple[str, str]:
    """A sentence on what is wrong with it, and its code; both empty for what may be sent to."""
    if not url.isprintable() or " " in url:
        return "An Apprise URL has no blanks and no control characters: copy it again.", "unreadable"
    if refused := objection(url):
        return refused, "not_allowed"
    if options := _refused_options(url):
        return f"Leave {', '.join(options)} out of the address: this is not for an address to say here.", "option"
    if not is_readable(url):
        words = f"Apprise cannot read this address: compare it with what it documents of {schema_of(url)}://."
        return words, "unreadable"
    return "", ""


def _refused_options(url: str) -> list[str]:
    names = (name.strip().lower() for name, _ in parse_qsl(url.partition("?")[2], keep_blank_values=True))
    return sorted({name for name in names if name in REFUSED_OPTIONS or name.startswith(_FILE_OPTIONS)})


@dataclass(frozen=True, slots=True)
class AppriseSettings:
    """An Apprise integration's values."""

    url: str = field(repr=False)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "AppriseSettings":
        """The settings that a stored config holds."""
        return cls(str(config["url"]))


def target(settings: AppriseSettings) -> str:
    """The service's schema, since all the rest may be secret."""
    return f"{schema_of(settings.url)} through Apprise"


def rate_key(settings: AppriseSettings) -> str:
    """What the remote counts by is unknown, so each address counts for itself."""
    return settings.url


def secrets(settings: AppriseSettings) -> tuple[str, ...]:
    """The whole address and each part of it, since any may be the secret one."""
    rest = settings.url.partition("://")[2]
    parts = [part for part in _PARTS.split(rest) if part]
    return tuple(dict.fromkeys([settings.url, rest, *parts, *map(unquote, parts)]))


SPEC = Spec(
    kind="apprise",
    name="Apprise",
    icon="apprise",
    summary="Sends plain messages through the library Apprise, to services that have no type of their own here.",
    setup=(
        "Look first whether the service has a type of its own here: that one tells more and fails more clearly.",
        "In Apprise's documentation, find the service and how its address is written, such as ntfys://host/topic.",
        "Put the address together from the tokens that the service shows you, for one receiver only.",
        "Paste the whole address here; only what this installation's operator allows may stand before ://.",
        "Press Test: a marked message appears at the service.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=AppriseForm,
    settings=AppriseSettings.of,
    target=target,
    rate_key=rate_key,
    rate=Rate(20, 60.0, burst=5),
    abilities=Abilities(text_limit=TEXT_LIMIT),
    secrets=secrets,
    absence=absence,
)
