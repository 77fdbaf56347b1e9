"""What a Mattermost integration is: an incoming webhook."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from django import forms

from channels_app.contract import Abilities, Rate, Spec
from channels_app.fields import AddressField, KindForm
from channels_app.mattermost.mentions import is_mention
from channels_app.pinging import Mentions, MentionsField, mentions_in

_WEBHOOK = re.compile(r".*/hooks/[A-Za-z0-9]+/?")
_ICON = re.compile(r":?[a-z0-9_+-]{1,64}:?")


def _mention(severity: str) -> MentionsField:
    return MentionsField(severity, is_mention, "@here, @channel, @all or @ and a user name")


class MattermostForm(KindForm):
    """The fields of a Mattermost integration."""

    secret_fields: ClassVar[tuple[str, ...]] = ("url",)
    address_fields: ClassVar[tuple[str, ...]] = ("url",)

    url = AddressField(
        label="Webhook URL",
        help_text="The whole address that Mattermost shows for the incoming webhook. It is kept secret.",
        widget=forms.TextInput(attrs={"placeholder": "https://chat.example.org/hooks/..."}),
    )
    channel = forms.CharField(
        label="Channel",
        max_length=64,
        required=False,
        help_text="Another channel than the webhook's own, by the name in its address, or @user. "
        "It works unless the webhook is locked to its channel.",
        widget=forms.TextInput(attrs={"placeholder": "town-square"}),
    )
    username = forms.CharField(
        label="Name",
        max_length=64,
        required=False,
        help_text="The name that messages show. It needs “Enable integrations to override usernames” on the server.",
    )
    icon = forms.CharField(
        label="Icon",
        max_length=1_000,
        required=False,
        help_text="The https address of an image, or the name of an emoji. It needs “Enable integrations to override "
        "profile picture icons” on the server.",
        widget=forms.TextInput(attrs={"placeholder": "bell"}),
    )
    urgent = forms.BooleanField(
        label="Critical is urgent",
        required=False,
        help_text="Tick to mark messages of critical alerts as urgent, where the server knows message priority.",
    )
    mention_critical = _mention("critical")
    mention_major = _mention("major")
    mention_minor = _mention("minor")
    mention_info = _mention("info")

    def clean_url(self) -> str:
        parts = urlsplit(str(self.cleaned_data["url"]))
        if not _WEBHOOK.fullmatch(parts.path):
            words = "This is no incoming webhook of Mattermost (https://<host>/hooks/<key>): copy its URL, whole."
            raise forms.ValidationError(words, code="not_a_webhook")
        return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))

    def clean_channel(self) -> str:
        return str(self.cleaned_data["channel"]).removeprefix("#").removeprefix("~")

    def clean_icon(self) -> str:
        icon = str(self.cleaned_data["icon"])
        if icon and not icon.startswith("https://") and not _ICON.fullmatch(icon):
            words = "Give the address of an image, with https://, or the name of an emoji such as bell."
            raise forms.ValidationError(words, code="not_an_icon")
        return icon


@dataclass(frozen=True, slots=True)
class MattermostSettings:
    """A Mattermost integration's values. `icon` is an address or the name of an emoji."""

    url: str = field(repr=False)
    channel: str = ""
    username: str = ""
    icon: str = ""
    urgent: bool = False
    mentions: Mentions = field(default_factory=dict)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "MattermostSettings":
        """The settings that a stored config holds."""
        return cls(
            url=str(config["url"]),
            channel=str(config.get("channel") or ""),
            username=str(config.get("username") or ""),
            icon=str(config.get("icon") or ""),
            urgent=bool(config.get("urgent")),
            mentions=mentions_in(config),
        )


def target(settings: MattermostSettings) -> str:
    """The channel, or where the webhook lives."""
    return settings.channel or f"webhook at {urlsplit(settings.url).hostname}"


def secrets(settings: MattermostSettings) -> tuple[str, ...]:
    """The whole address, its path, and the key at its end."""
    path = urlsplit(settings.url).path
    return settings.url, path, path.rpartition("/")[2]


SPEC = Spec(
    kind="mattermost",
    name="Mattermost",
    icon="mattermost",
    summary="Posts to a channel of a Mattermost server through an incoming webhook.",
    setup=(
        "In Mattermost, open the product menu (top left), then Integrations, then Incoming Webhooks.",
        "Without that entry, ask an administrator to enable incoming webhooks in the System Console.",
        "Press Add Incoming Webhook, name it, choose the channel that should hear of alerts, and save.",
        "Copy the URL that Mattermost then shows and paste it here, whole: it ends in a secret key.",
        "To use one webhook for several channels, leave Lock to this channel unticked and write the channel here.",
        "Press Test: a marked message appears in the channel, and Mattermost's answer “ok” shows with status 200.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=MattermostForm,
    settings=MattermostSettings.of,
    target=target,
    rate_key=lambda settings: f"{settings.url} {settings.channel}",
    rate=Rate(5, 1.0),
    abilities=Abilities(mentions=True, text_limit=16_383),
    secrets=secrets,
    reads_subject=True,
)
