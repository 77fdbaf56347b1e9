"""What a Slack integration is: an incoming webhook, or an app with a bot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms

from channels_app.contract import Abilities, Rate, Spec
from channels_app.fields import AddressField, KindForm
from channels_app.pinging import Mentions, MentionsField, mentions_in
from channels_app.slack.markup import is_mention
from channels_app.slack.typed import (
    SERVER,
    base_of,
    channel_of,
    problem_with_secret,
    problem_with_token,
    problem_with_webhook,
)

# What only one of the two ways can use, with a sentence for whoever fills it in for the other.
_OF_APPS = {
    "signing_secret": "A signing secret belongs to an app: enter the app's bot token as well.",
    "server": "Another server is only asked with a bot token: enter one, or leave this empty.",
    "broadcast_clears": "An incoming webhook has no threads: enter a bot token, or untick this.",
}
_OF_WEBHOOKS = {"legacy": "Only a webhook can be a legacy one: untick this, or clear the bot token."}
_TICKED = ("thread", "broadcast_clears")


def _mention(severity: str) -> MentionsField:
    return MentionsField(severity, is_mention, "@here, @channel, or the ids of members (U…) and user groups (S…)")


def _secret(label: str, help_text: str, placeholder: str = "") -> forms.CharField:
    attributes = {"placeholder": placeholder, "autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(
        label=label, max_length=250, required=False, help_text=help_text, widget=forms.TextInput(attrs=attributes)
    )


class SlackForm(KindForm):
    """The fields of a Slack integration: a webhook's URL, or an app's bot token."""

    secret_fields: ClassVar[tuple[str, ...]] = ("url", "bot_token", "signing_secret")
    address_fields: ClassVar[tuple[str, ...]] = ("url", "server")

    url = AddressField(
        label="Webhook URL",
        required=False,
        help_text="The simple way: the whole address that Slack shows after you add an incoming webhook. It is kept"
        " secret. Messages stay as they were sent: no updates, threads or buttons.",
        widget=forms.TextInput(attrs={"placeholder": "https://hooks.slack.com/services/T.../B.../..."}),
    )
    legacy = forms.BooleanField(
        label="Legacy webhook",
        required=False,
        help_text="Tick for a webhook of the old custom integration: the channel (or @user) is then sent along.",
    )
    bot_token = _secret(
        "Bot token",
        "Instead of a webhook: the Bot User OAuth Token of your app. One message per alert is then kept true.",
        "xoxb-...",
    )
    signing_secret = _secret(
        "Signing secret",
        "Of the same app, under Basic Information. With it people can act from Slack: buttons and /bellhop.",
    )
    channel = forms.CharField(
        label="Channel",
        max_length=200,
        required=False,
        help_text="With a bot token, the channel to post to: #name, its id or its link. Of a webhook it is a label for"
        " people; only a legacy webhook can choose it.",
        widget=forms.TextInput(attrs={"placeholder": "#ops"}),
    )
    thread = forms.BooleanField(
        label="Tell the story in the thread",
        initial=True,
        required=False,
        help_text="With a bot token: what happens to an alert is told below its message. Unticked, only what pings is.",
    )
    broadcast_clears = forms.BooleanField(
        label="Broadcast clears",
        required=False,
        help_text="With a bot token: that an alert is over shows in the channel as well, and not only in its message.",
    )
    server = AddressField(
        label="Other server",
        required=False,
        help_text="With a bot token, only for GovSlack (https://slack-gov.com/api) or whatever speaks Slack's Web API.",
        widget=forms.TextInput(attrs={"placeholder": SERVER}),
    )
    mention_critical = _mention("critical")
    mention_major = _mention("major")
    mention_minor = _mention("minor")
    mention_info = _mention("info")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        problem = problem_with_webhook(url) if url else ""
        if problem:
            raise forms.ValidationError(problem, code="not_a_webhook")
        return url

    def clean_signing_secret(self) -> str:
        secret = str(self.cleaned_data["signing_secret"])
        problem = problem_with_secret(secret) if secret else ""
        if problem:
            raise forms.ValidationError(problem, code="not_a_secret")
        return secret

    def clean_server(self) -> str:
        return base_of(str(self.cleaned_data["server"]))

    def clean(self) -> dict[str, Any]:
        if self["bot_token"].data:
            self._clean_app()
        else:
            self._clean_webhook()
        return self.cleaned_data

    def _clean_app(self) -> None:
        cleaned = self.cleaned_data
        token, channel = str(cleaned.get("bot_token", "")), str(cleaned.get("channel", ""))
        if self["url"].data:
            self.complain("bot_token", "Enter a webhook URL or a bot token, and clear the other one.", "one_way")
        elif token and (problem := problem_with_token(token, elsewhere=bool(self["server"].data))):
            self.complain("bot_token", problem, "not_a_token")
        if not channel and "channel" in cleaned:
            self.complain("channel", "Name the channel that the app should post to.", "required")
        elif channel and not channel_of(channel):
            words = "An app posts to a channel: write #name, the channel's id (C...), or paste its link."
            self.complain("channel", words, "not_a_channel")
        self._refuse(_OF_WEBHOOKS)
        cleaned |= {"channel": channel_of(channel), "legacy": None} if "channel" in cleaned else {}

    def _clean_webhook(self) -> None:
        cleaned = self.cleaned_data
        if not self["url"].data:
            words = "Paste the URL of an incoming webhook, or enter the bot token of an app."
            self.complain("url", words, "required")
        if str(cleaned.get("channel", "")).startswith("@") and not cleaned.get("legacy"):
            words = "Only a legacy webhook can post to a person: tick Legacy webhook, or name the webhook's channel."
            self.complain("channel", words, "legacy_only")
        self._refuse(_OF_APPS)
        cleaned |= dict.fromkeys(_TICKED)

    def _refuse(self, others: Mapping[str, str]) -> None:
        for name, words in others.items():
            if self.cleaned_data.get(name):
                self.complain(name, words, "other_way")


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """A Slack integration's values: `url` of a webhook, or `bot_token`. `server` is its Web API up to the method."""

    url: str = field(default="", repr=False)
    channel: str = ""
    legacy: bool = False
    mentions: Mentions = field(default_factory=dict)
    bot_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    server: str = SERVER
    thread: bool = True
    broadcast_clears: bool = False

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "SlackSettings":
        """The settings that a stored config holds."""
        return cls(
            url=str(config.get("url") or ""),
            channel=str(config.get("channel") or ""),
            legacy=bool(config.get("legacy")),
            mentions=mentions_in(config),
            bot_token=str(config.get("bot_token") or ""),
            signing_secret=str(config.get("signing_secret") or ""),
            server=str(config.get("server") or SERVER),
            thread=bool(config.get("thread", True)),
            broadcast_clears=bool(config.get("broadcast_clears")),
        )

    @property
    def is_app(self) -> bool:
        """Whether a bot posts, which gets to know its messages and can change them."""
        return bool(self.bot_token)


def target(settings: SlackSettings) -> str:
    """The channel, or where the webhook lives."""
    return settings.channel or f"webhook at {urlsplit(settings.url).hostname}"


def rate_key(settings: SlackSettings) -> str:
    """Slack counts by webhook, and by channel where the caller chooses one."""
    if settings.is_app:
        return f"{settings.server} {settings.bot_token} {settings.channel}"
    return f"{settings.url} {settings.channel}" if settings.legacy else settings.url


def secrets(settings: SlackSettings) -> tuple[str, ...]:
    """Token and signing secret; the whole address, its path, and the part of the path that is the token."""
    path = urlsplit(settings.url).path
    known = (settings.bot_token, settings.signing_secret, settings.url, path, path.rpartition("/")[2])
    return tuple(filter(None, known))


SPEC = Spec(
    kind="slack",
    name="Slack",
    icon="slack",
    summary="Posts to one channel of a Slack workspace: through an incoming webhook, or as an app that keeps its"
    " messages true and takes actions.",
    setup=(
        "The simple way is a webhook: open your workspace's apps, or your own app at api.slack.com/apps, and switch on"
        " Incoming Webhooks.",
        "Add a webhook (Add New Webhook to Workspace) and choose the channel that should hear of alerts.",
        "Copy the Webhook URL that Slack then shows and paste it here, whole: it ends in a long secret.",
        "Write the channel beside it (#channel), so that people see where the alerts go.",
        "For a legacy webhook, tick Legacy webhook: the channel or @user written here is then where it posts.",
        "For messages that stay true, threads and buttons, make an app instead: at api.slack.com/apps choose Create New"
        " App, then From a manifest, and paste the manifest that Bellhop shows for Slack.",
        "Press Install to Workspace, copy the Bot User OAuth Token (xoxb-...) and the channel, and leave the webhook"
        " URL empty.",
        "Copy the Signing Secret (Basic Information) as well, so that people can act from Slack.",
        "In a private channel, write /invite and the app's name, or it may not post there.",
        "If somebody should be pinged, write @here, @channel or ids (a profile shows them) beside the severity.",
        "Press Test: a marked message appears in the channel, and Slack's answer “ok” shows with status 200.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=SlackForm,
    settings=SlackSettings.of,
    target=target,
    rate_key=rate_key,
    rate=Rate(1, 1.0),
    abilities=Abilities(updates_in_place=True, threads=True, buttons=True, mentions=True, text_limit=8_000),
    secrets=secrets,
    lives=lambda settings: settings.is_app,
)
