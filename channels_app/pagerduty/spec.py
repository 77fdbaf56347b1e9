"""What a PagerDuty integration is: one service that takes events of the Events API v2."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from django import forms

from channels_app.contract import Abilities, Rate, Spec
from channels_app.fields import AddressField, KindForm

KEY_LENGTH = 32
SHORTEST_HOOK_SECRET = 16
SEVERITIES = ("critical", "error", "warning", "info")
_REGIONS = {"us": "https://events.pagerduty.com", "eu": "https://events.eu.pagerduty.com"}
_KEY = re.compile(rf"[A-Za-z0-9]{{{KEY_LENGTH}}}")


class PagerDutyForm(KindForm):
    """The fields of a PagerDuty service. Each region has a host of its own, so another one asks for the key again."""

    secret_fields: ClassVar[tuple[str, ...]] = ("routing_key", "hook_secret")
    address_fields: ClassVar[tuple[str, ...]] = ("region", "server")

    routing_key = forms.CharField(
        label="Integration key",
        max_length=200,
        help_text=f"The {KEY_LENGTH} letters and digits that PagerDuty shows for the service's integration of the type "
        "Events API v2. It is kept secret.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    service = forms.CharField(
        label="Service",
        max_length=80,
        required=False,
        help_text="The name of the service in PagerDuty, as a label for people.",
        widget=forms.TextInput(attrs={"placeholder": "Web shop"}),
    )
    region = forms.ChoiceField(
        label="Region",
        initial="us",
        choices=[("us", "United States"), ("eu", "Europe")],
        help_text="Where the PagerDuty account lives: Europe if its pages are at eu.pagerduty.com.",
    )
    severity = forms.ChoiceField(
        label="Severity",
        required=False,
        choices=[("", "As the alert's"), *((each, each.capitalize()) for each in SEVERITIES)],
        help_text="What PagerDuty is told. As the alert's: critical, error for major, warning for minor, info.",
    )
    hook_secret = forms.CharField(
        label="Webhook signing secret",
        max_length=200,
        required=False,
        help_text="The secret that PagerDuty shows once when a webhook subscription is made. With it, what people do "
        "in PagerDuty is done here too; without it, no webhook is heard. It is kept secret.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    server = AddressField(
        label="Other server",
        required=False,
        help_text="Only for something else that takes PagerDuty's events: its address. Region is not used then.",
        widget=forms.TextInput(attrs={"placeholder": "https://events.example.org"}),
    )

    def clean_server(self) -> str:
        parts = urlsplit(str(self.cleaned_data["server"]))
        base = parts.path.rstrip("/").removesuffix("/enqueue").removesuffix("/v2")
        return urlunsplit((parts.scheme, parts.netloc, base, "", ""))

    def clean_hook_secret(self) -> str:
        return self.proof_in("hook_secret", "signing secret", SHORTEST_HOOK_SECRET, "copy it again")

    def clean(self) -> dict[str, Any]:
        key = str(self.cleaned_data.get("routing_key", ""))
        if key and (problem := _problem_with(key, bool(self.cleaned_data.get("server")))):
            self.complain("routing_key", problem, "not_a_key")
        return self.cleaned_data


def _problem_with(key: str, elsewhere: bool) -> str:
    """A sentence on what is wrong with it, or empty; how another server's keys look is not known."""
    if not key.isascii() or not key.isprintable() or " " in key:
        return "An integration key is made of letters and digits: copy it again."
    if elsewhere or _KEY.fullmatch(key):
        return ""
    if len(key) != KEY_LENGTH:
        found = f"An integration key has {KEY_LENGTH} letters and digits; this one has {len(key)} characters."
        return f"{found} A key of PagerDuty's REST API does not work here."
    return f"An integration key has {KEY_LENGTH} letters and digits and nothing else: copy it again."


@dataclass(frozen=True, slots=True)
class PagerDutySettings:
    """A PagerDuty integration's values. `base` is the address up to `/v2/enqueue`; no `severity` is the alert's.

    `hook_secret` is empty where nothing is heard back.
    """

    base: str
    routing_key: str = field(repr=False)
    service: str = ""
    severity: str = ""
    hook_secret: str = field(default="", repr=False)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "PagerDutySettings":
        """The settings that a stored config holds."""
        return cls(
            base=str(config.get("server") or _REGIONS[config.get("region") or "us"]),
            routing_key=str(config["routing_key"]),
            service=str(config.get("service") or ""),
            severity=str(config.get("severity") or ""),
            hook_secret=str(config.get("hook_secret") or ""),
        )


def target(settings: PagerDutySettings) -> str:
    """The service, or where its events go."""
    return settings.service or f"service at {urlsplit(settings.base).hostname}"


def rate_key(settings: PagerDutySettings) -> str:
    """PagerDuty counts by integration key."""
    return f"{settings.base} {settings.routing_key}"


def secrets(settings: PagerDutySettings) -> tuple[str, ...]:
    """The key, and what webhooks are signed with."""
    return tuple(filter(None, (settings.routing_key, settings.hook_secret)))


SPEC = Spec(
    kind="pagerduty",
    name="PagerDuty",
    icon="pagerduty",
    summary="Opens, acknowledges and resolves incidents of one PagerDuty service, one for each alert.",
    setup=(
        "In PagerDuty, open Services, then Service Directory, and the service whose people should be called.",
        "On its Integrations tab choose Add an integration, take Events API V2 from the list, and Add.",
        "Open that integration: copy its Integration Key, 32 letters and digits, and paste it here.",
        "A key of an event orchestration (AIOps, Event Orchestration, Integrations) works as well.",
        "Choose Europe as the region if your PagerDuty pages are at eu.pagerduty.com.",
        "Press Test: an incident marked as a test is opened and at once resolved, and the answer shows as 202.",
        "PagerDuty answers before it has done its work: look at the service's alerts if nobody was called.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=PagerDutyForm,
    settings=PagerDutySettings.of,
    target=target,
    rate_key=rate_key,
    rate=Rate(120, 60.0, burst=20),
    abilities=Abilities(tracks_state=True, digestible=False, text_limit=1_024),
    secrets=secrets,
    reads_subject=True,
)
