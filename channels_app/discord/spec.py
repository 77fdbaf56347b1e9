"""What a Discord integration is: a webhook of one channel."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit, urlunsplit

from django import forms

from channels_app.contract import Abilities, Rate, Spec
from channels_app.discord.mentions import is_mention
from channels_app.fields import AddressField, KindForm
from channels_app.pinging import Mentions, MentionsField, mentions_in

_WEBHOOK = re.compile(r".*/api(?:/v\d+)?/webhooks/\d{1,20}/[A-Za-z0-9_-]+")
_OTHER_SHAPES = ("slack", "github")


def _mention(severity: str) -> MentionsField:
    return MentionsField(severity, is_mention, "@here, @everyone, the id of a member, or & and the id of a role")


class DiscordForm(KindForm):
    """The fields of a Discord integration."""

    secret_fields: ClassVar[tuple[str, ...]] = ("url",)
    address_fields: ClassVar[tuple[str, ...]] = ("url",)

    url = AddressField(
        label="Webhook URL",
        help_text="The whole address that Discord copies for the webhook. It is kept secret.",
        widget=forms.TextInput(attrs={"placeholder": "https://discord.com/api/webhooks/1147567/..."}),
    )
    channel = forms.CharField(
        label="Channel",
        max_length=100,
        required=False,
        help_text="The channel that the webhook posts to, as a label for people.",
        widget=forms.TextInput(attrs={"placeholder": "#ops"}),
    )
    thread_id = forms.RegexField(
        r"\d{1,20}",
        label="Thread id",
        required=False,
        help_text="A thread of that channel to post into: its id, a number.",
        error_messages={"invalid": "The id of a thread is a number: copy it with Copy Thread ID."},
    )
    username = forms.CharField(
        label="Name",
        max_length=80,
        required=False,
        help_text="The name that messages show. Empty: the webhook's own.",
    )
    mention_critical = _mention("critical")
    mention_major = _mention("major")
    mention_minor = _mention("minor")
    mention_info = _mention("info")

    def clean_url(self) -> str:
        parts = urlsplit(str(self.cleaned_data["url"]))
        path = parts.path.rstrip("/")
        if path.rpartition("/")[2] in _OTHER_SHAPES:
            words = "This address takes messages in another service's form: leave out its last part."
            raise forms.ValidationError(words, code="other_shape")
        if not _WEBHOOK.fullmatch(path):
            words = "This is no webhook of Discord (.../api/webhooks/<id>/<token>): copy the Webhook URL, whole."
            raise forms.ValidationError(words, code="not_a_webhook")
        self._thread_in_url = (parse_qs(parts.query).get("thread_id") or [""])[0]
        return urlunsplit((parts.scheme, parts.netloc, path, "", ""))

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if any(word in name.casefold() for word in ("discord", "clyde")):
            raise forms.ValidationError("Discord takes no name with “discord” or “clyde” in it.", code="reserved")
        return name

    def clean(self) -> dict[str, Any]:
        thread = getattr(self, "_thread_in_url", "")
        if thread.isdigit() and not self.cleaned_data.get("thread_id"):
            self.cleaned_data["thread_id"] = thread
        return self.cleaned_data


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """A Discord integration's values."""

    url: str = field(repr=False)
    channel: str = ""
    thread_id: str = ""
    username: str = ""
    mentions: Mentions = field(default_factory=dict)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "DiscordSettings":
        """The settings that a stored config holds."""
        return cls(
            url=str(config["url"]),
            channel=str(config.get("channel") or ""),
            thread_id=str(config.get("thread_id") or ""),
            username=str(config.get("username") or ""),
            mentions=mentions_in(config),
        )


def target(settings: DiscordSettings) -> str:
    """The channel, or which webhook it is."""
    webhook = urlsplit(settings.url).path.split("/")[-2]
    return settings.channel or f"webhook {webhook}"


def secrets(settings: DiscordSettings) -> tuple[str, ...]:
    """The whole address, its path, and the token at its end."""
    path = urlsplit(settings.url).path
    return settings.url, path, path.rpartition("/")[2]


SPEC = Spec(
    kind="discord",
    name="Discord",
    icon="discord",
    summary="Posts to one channel of a Discord server through a webhook.",
    setup=(
        "In Discord, open the settings of the channel (the cog beside its name), then Integrations, then Webhooks.",
        "Press New Webhook, give it a name, and check that it belongs to the channel that should hear of alerts.",
        "Press Copy Webhook URL and paste it here, whole: it ends in a long secret.",
        "To post into a thread, switch on Developer Mode (User Settings, Advanced), then Copy Thread ID in its menu.",
        "If somebody should be pinged, write @here, or the id of a member (Copy User ID), or & and the id of a role.",
        "Press Test: a marked message appears in the channel, and Discord's answer shows with status 200.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=DiscordForm,
    settings=DiscordSettings.of,
    target=target,
    rate_key=lambda settings: settings.url,
    rate=Rate(30, 60.0, burst=5),
    abilities=Abilities(updates_in_place=True, mentions=True, text_limit=6_000),
    secrets=secrets,
    reads_subject=True,
    lives=lambda settings: True,
)
