"""What an e-mail integration is: addresses that get mail through the operator's own server."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from channels_app.addresses import normal
from channels_app.contract import Abilities, Spec
from channels_app.fields import KindForm

MOST_ADDRESSES = 50
_BETWEEN = re.compile(r"[,;\s]+")


class AddressesField(forms.Field):
    """E-mail addresses, as a list or as text with commas or line breaks between them; each is kept once."""

    api_type = "list"
    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> list[str]:
        if isinstance(value, str):
            value = _BETWEEN.split(value)
        if value is not None and not isinstance(value, list | tuple):
            raise ValidationError("Give a list of e-mail addresses.", code="not_a_list")
        known: dict[str, str] = {}
        for address in (self._checked(each) for each in value or () if each):
            known.setdefault(normal(address), address)
        return list(known.values())

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > MOST_ADDRESSES:
            raise ValidationError(f"{len(value)} addresses: at most {MOST_ADDRESSES} are possible.", code="too_many")

    def _checked(self, address: Any) -> str:
        words = f"{str(address)[:100]!r} is no e-mail address."
        # Django lets control characters pass in quotes and in domains.
        if not isinstance(address, str) or not address.strip().isprintable():
            raise ValidationError(words, code="invalid")
        EmailValidator(message=words)(address.strip())
        return address.strip()


class EmailForm(KindForm):
    """The fields of an e-mail integration."""

    to = AddressesField(
        label="To",
        required=False,
        help_text=f"Up to {MOST_ADDRESSES} e-mail addresses with commas or line breaks between them.",
        widget=forms.Textarea(attrs={"placeholder": "ops@example.org", "rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        if "to" in self.cleaned_data and not self.cleaned_data["to"]:
            self.complain("to", "Give at least one e-mail address.", "no_address")
        return self.cleaned_data


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """An e-mail integration's values; the team's built-in one has no addresses of its own."""

    to: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "EmailSettings":
        """The settings that a stored config holds."""
        return cls(tuple(map(str, config.get("to", ()))))


def target(settings: EmailSettings) -> str:
    """The first address, and how many more there are."""
    if not settings.to:
        return "the recipients of each rule"
    more = len(settings.to) - 1
    return f"{settings.to[0]} and {more} more" if more else settings.to[0]


def rate_key(settings: EmailSettings) -> str:
    """Nobody counts: the mail server is the operator's own."""
    return ""


def recipients(settings: EmailSettings) -> tuple[str, ...]:
    """Every address gets a mail of its own."""
    return settings.to


def without(settings: EmailSettings, silent: Collection[str]) -> EmailSettings:
    """The same but for addresses that must not be written to, given in their normal form."""
    return replace(settings, to=tuple(address for address in settings.to if normal(address) not in silent))


SPEC = Spec(
    kind="email",
    name="E-mail",
    icon="email",
    summary="Writes a mail to each address, through the mail server of this installation.",
    setup=(
        "Write the addresses that should hear of alerts; they need not be users of Bellhop.",
        "For people who should hear of one rule only, write them into that rule's Notifications tab instead.",
        "Press Test: each of them gets a marked mail.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=EmailForm,
    settings=EmailSettings.of,
    target=target,
    rate_key=rate_key,
    rate=None,
    abilities=Abilities(merge_from=2, text_limit=100_000),
    recipients=recipients,
    without=without,
    reads_subject=True,
)
