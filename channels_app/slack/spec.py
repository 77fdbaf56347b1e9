"""What a Slack integration is: an incoming webhook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms

from channels_app.contract import Abilities, Rate, Spec
from channels_app.fields import AddressField, KindForm
from channels_app.pinging import Mentions, MentionsField, mentions_in
from channels_app.slack.markup import is_mention

_SLACK_HOSTS = ("slack.com", "slack-gov.com")
_WORKFLOW = "This is the address of a workflow, which takes variables and no messages: create an incoming webhook."
_OTHER_URLS = {
    "workflows": _WORKFLOW,
    "triggers": _WORKFLOW,
    "commands": "This is the answer address of a slash command, good for 30 minutes: create an incoming webhook.",
    "actions": "This is the answer address of a button, good for 30 minutes: create an incoming webhook.",
    "api": "This is an address of Slack's Web API, which needs a bot token: create an incoming webhook.",
}


def _mention(severity: str) -> MentionsField:
    return MentionsField(severity, is_mention, "@here, @channel, or the ids of members (U…) and user groups (S…)")


class SlackForm(KindForm):
    """The fields of a Slack integration."""

    secret_fields: ClassVar[tuple[str, ...]] = ("url",)
    address_fields: ClassVar[tuple[str, ...]] = ("url",)

    url = AddressField(
        label="Webhook URL",
        help_text="The whole address that Slack shows after you add an incoming webhook. It is kept secret.",
        widget=forms.TextInput(attrs={"placeholder": "https://hooks.slack.com/services/T.../B.../..."}),
    )
    channel = forms.CharField(
        label="Channel",
        max_length=80,
        required=False,
        help_text="The channel that the webhook posts to, as a label for people; only a legacy webhook can choose it.",
        widget=forms.TextInput(attrs={"placeholder": "#ops"}),
    )
    legacy = forms.BooleanField(
        label="Legacy webhook",
        required=False,
        help_text="Tick for a webhook of the old custom integration: the channel (or @user) is then sent along.",
    )
    mention_critical = _mention("critical")
    mention_major = _mention("major")
    mention_minor = _mention("minor")
    mention_info = _mention("info")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        problem = _problem_with(url)
        if problem:
            raise forms.ValidationError(problem, code="not_a_webhook")
        return url

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if str(cleaned.get("channel", "")).startswith("@") and not cleaned.get("legacy"):
            words = "Only a legacy webhook can post to a person: tick Legacy webhook, or name the webhook's channel."
            self.complain("channel", words, "legacy_only")
        return cleaned


def _problem_with(url: str) -> str:
    """A sentence that says what to do instead, or empty for what may be a webhook."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", parts.path
    first = path.strip("/").partition("/")[0]
    if host.endswith("hipchat.com") or path.startswith("/v2/room/"):
        return "This is the address of a HipChat room: choose the type HipChat and paste it there."
    if not first:
        return "The address has no path: paste the whole webhook URL, with everything after the host."
    if any(host == known or host.endswith(f".{known}") for known in _SLACK_HOSTS):
        return _OTHER_URLS.get(
            first, "" if host.startswith("hooks.") else "This is a page of Slack: paste the webhook URL."
        )
    return ""


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """A Slack integration's values."""

    url: str = field(repr=False)
    channel: str = ""
    legacy: bool = False
    mentions: Mentions = field(default_factory=dict)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "SlackSettings":
        """The settings that a stored config holds."""
        legacy = bool(config.get("legacy"))
        return cls(str(config["url"]), str(config.get("channel", "")), legacy, mentions_in(config))


def target(settings: SlackSettings) -> str:
    """The channel, or where the webhook lives."""
    return settings.channel or f"webhook at {urlsplit(settings.url).hostname}"


def rate_key(settings: SlackSettings) -> str:
    """Slack counts by webhook, and by channel where a legacy webhook chooses one."""
    return f"{settings.url} {settings.channel}" if settings.legacy else settings.url


def secrets(settings: SlackSettings) -> tuple[str, ...]:
    """The whole address, its path, and the part of the path that is the token."""
    path = urlsplit(settings.url).path
    return settings.url, path, path.rpartition("/")[2]


SPEC = Spec(
    kind="slack",
    name="Slack",
    icon="slack",
    summary="Posts to one channel of a Slack workspace through an incoming webhook.",
    setup=(
        "In Slack, open your workspace's apps, or your own app at api.slack.com/apps, and switch on Incoming Webhooks.",
        "Add a webhook (Add New Webhook to Workspace) and choose the channel that should hear of alerts.",
        "Copy the Webhook URL that Slack then shows and paste it here, whole: it ends in a long secret.",
        "Write the channel beside it (#channel), so that people see where the alerts go.",
        "For a legacy webhook, tick Legacy webhook: the channel or @user written here is then where it posts.",
        "If somebody should be pinged, write @here, @channel or ids (a profile shows them) beside the severity.",
        "Press Test: a marked message appears in the channel, and Slack's answer “ok” shows with status 200.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=SlackForm,
    settings=SlackSettings.of,
    target=target,
    rate_key=rate_key,
    rate=Rate(1, 1.0),
    abilities=Abilities(mentions=True, text_limit=8_000),
    secrets=secrets,
)
