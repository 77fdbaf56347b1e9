"""What a Microsoft Teams integration is: a workflow that takes Adaptive Cards at a secret address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from django import forms

from channels_app.contract import Abilities, Rate, Spec
from channels_app.fields import AddressField, KindForm
from channels_app.msteams.mentions import is_mention
from channels_app.pinging import Mentions, MentionsField, mentions_in

_CONNECTOR = re.compile(r"(?:.*\.)?webhook\.office(?:365)?\.com|outlook\.office(?:365)?\.com")


def _mention(severity: str) -> MentionsField:
    return MentionsField(severity, is_mention, "the sign-in names of people (ann@example.com) or their object ids")


class TeamsForm(KindForm):
    """The fields of a Microsoft Teams integration. Nothing is read out of the address: Microsoft changes its shape."""

    secret_fields: ClassVar[tuple[str, ...]] = ("url",)
    address_fields: ClassVar[tuple[str, ...]] = ("url",)

    url = AddressField(
        label="Workflow URL",
        help_text="The whole address that the workflow shows, which can be several lines long. It is kept secret.",
        widget=forms.TextInput(attrs={"placeholder": "https://.../workflows/.../triggers/manual/paths/invoke?..."}),
    )
    channel = forms.CharField(
        label="Channel",
        max_length=100,
        required=False,
        help_text="The team and channel that the workflow posts to, as a label for people.",
        widget=forms.TextInput(attrs={"placeholder": "Shop > Alerts"}),
    )
    mention_critical = _mention("critical")
    mention_major = _mention("major")
    mention_minor = _mention("minor")
    mention_info = _mention("info")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        parts = urlsplit(url)
        if _CONNECTOR.fullmatch(parts.hostname or ""):
            words = (
                "This is the address of an Office 365 connector, which Microsoft switched off: in Teams, make a "
                "workflow with the template “Send webhook alerts to a channel” and paste its URL here."
            )
            raise forms.ValidationError(words, code="connector")
        if not parts.path.strip("/"):
            words = "The address has no path: paste the whole workflow URL, with everything after the host."
            raise forms.ValidationError(words, code="not_a_workflow")
        return url


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """A Microsoft Teams integration's values."""

    url: str = field(repr=False)
    channel: str = ""
    mentions: Mentions = field(default_factory=dict)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "TeamsSettings":
        """The settings that a stored config holds."""
        return cls(str(config["url"]), str(config.get("channel") or ""), mentions_in(config))


def target(settings: TeamsSettings) -> str:
    """The channel, or where the workflow runs."""
    return settings.channel or f"workflow at {urlsplit(settings.url).hostname}"


def secrets(settings: TeamsSettings) -> tuple[str, ...]:
    """The whole address, all that follows its host, together and apart, and each long value of the query."""
    parts = urlsplit(settings.url)
    values = [value for found in parse_qs(parts.query).values() for value in found if len(value) >= 16]
    return settings.url, f"{parts.path}?{parts.query}", parts.path, parts.query, *values


SPEC = Spec(
    kind="msteams",
    name="Microsoft Teams",
    icon="msteams",
    summary="Posts Adaptive Cards to a channel or chat of Microsoft Teams through a workflow.",
    setup=(
        "In Teams, open the menu (…) of the channel or chat that should hear of alerts, and choose Workflows.",
        "Choose the template “Send webhook alerts to a channel” (or to a chat), and sign in to its connection.",
        "Check team and channel, add the workflow, and copy the address that Teams then shows.",
        "Paste it here, whole: it can be several lines long, and whoever has it can post there.",
        "The workflow stops when the person who made it leaves: let a shared account make it, or add a second owner.",
        "Press Test: a marked card appears in the channel, and the answer shows with status 202.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=TeamsForm,
    settings=TeamsSettings.of,
    target=target,
    rate_key=lambda settings: settings.url,
    # 4 in a second, 60 in 30 s, 100 in an hour, 150 in two hours and 1,800 in a day: this keeps all of them.
    rate=Rate(150, 7200.0, burst=4),
    abilities=Abilities(mentions=True, text_limit=28_000),
    secrets=secrets,
    reads_subject=True,
)
