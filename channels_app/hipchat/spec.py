"""What a HipChat integration is: one room of a server that speaks HipChat's API v2."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from django import forms

from channels_app.contract import Abilities, Rate, Spec
from channels_app.fields import AddressField, KindForm, severity_choice
from channels_app.words import Severity

_ROOM_PATH = re.compile(r"(?P<base>.*)/v2/room/(?P<room>[^/]+)(?:/notification)?/?")
_V1_TOKEN = re.compile(r"[a-z0-9]+")
_SLACK_HOSTS = ("slack.com", "slack-gov.com")
SHORTEST_JWT_SECRET = 32  # bytes, as RFC 7518 demands of a key for HS256
NOTIFY_FIELDS = ("notify_triggered", "notify_severity_changed", "notify_acknowledged", "notify_cleared")


class Actions(StrEnum):
    """What commands from the room may do where nothing proves who gave them."""

    REFUSE = "refuse"
    ACKNOWLEDGE = "acknowledge"
    ALLOW = "allow"


def _notify(when: str, initial: bool) -> forms.BooleanField:
    words = "Pop up and make a sound on the desktops of the room's members."
    return forms.BooleanField(label=f"Notify when {when}", required=False, initial=initial, help_text=words)


class HipChatForm(KindForm):
    """The fields of a HipChat room. A whole notification URL is split into server, room and token."""

    secret_fields: ClassVar[tuple[str, ...]] = ("url", "token", "oauth_secret")
    address_fields: ClassVar[tuple[str, ...]] = ("url", "server")
    excusable: ClassVar[tuple[str, ...]] = ("v1_token",)
    parted_fields: ClassVar[tuple[str, ...]] = ("url",)

    url = AddressField(
        label="URL",
        required=False,
        help_text="The notification URL of the room, with or without its auth_token. It fills the fields below.",
        widget=forms.TextInput(attrs={"placeholder": "https://.../v2/room/1147567/notification?auth_token=..."}),
    )
    server = AddressField(
        label="Server",
        required=False,
        help_text="The address of the HipChat server, for use without the URL above.",
        widget=forms.TextInput(attrs={"placeholder": "https://hipchat.example.org"}),
    )
    room = forms.CharField(
        label="Room API ID or name",
        max_length=100,
        required=False,
        help_text="The number that the room's settings show as API ID, or the room's name.",
        widget=forms.TextInput(attrs={"placeholder": "1147567"}),
    )
    token = forms.CharField(
        label="Auth token / Room notification token",
        max_length=200,
        required=False,
        help_text="A token of API v2 that may send notifications to this room. It is kept secret.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    personal = forms.BooleanField(
        label="Personal token",
        required=False,
        help_text="Tick if the token is a person's own: messages then show under that person's name.",
    )
    sender = forms.CharField(
        label="From",
        max_length=64,
        required=False,
        help_text="The name that the room shows beside the token's own. Empty: the name of the team.",
        widget=forms.TextInput(attrs={"placeholder": "Bellhop"}),
    )
    notify_triggered = _notify("an alert is triggered", True)
    notify_severity_changed = _notify("an alert gets more severe", True)
    notify_acknowledged = _notify("somebody acts on an alert", False)
    notify_cleared = _notify("an alert is cleared", False)
    notify_from = severity_choice(
        "Notify only from",
        Severity.INFO,
        "Alerts below this severity never pop up or make a sound, whatever is ticked.",
    )
    actions = forms.ChoiceField(
        label="Commands from the room",
        initial=str(Actions.REFUSE),
        required=False,
        choices=[
            (str(Actions.REFUSE), "Answer questions only"),
            (str(Actions.ACKNOWLEDGE), "Let anyone in the room acknowledge"),
            (str(Actions.ALLOW), "Let anyone in the room do all of it"),
        ],
        help_text="What “/bellhop ack 17” may do where nothing proves who said it. With a JWT secret this is not used: "
        "people then connect their name in the room with their account, and may do what they may do here.",
    )
    oauth_secret = forms.CharField(
        label="JWT secret",
        max_length=200,
        required=False,
        help_text="The oauthSecret of an add-on whose webhooks are signed (authentication: jwt). It proves who speaks: "
        "calls that are not signed with it are then not heard. It is kept secret.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_url(self) -> str:
        return _no_slack(str(self.cleaned_data["url"]))

    def clean_server(self) -> str:
        parts = urlsplit(_no_slack(str(self.cleaned_data["server"])))
        base = parts.path.rstrip("/").removesuffix("/v2")
        return urlunsplit((parts.scheme, parts.netloc, base, "", ""))

    def clean_room(self) -> str:
        room = str(self.cleaned_data["room"])
        if room in (".", ".."):
            raise forms.ValidationError("This is no name of a room.", code="not_a_room")
        return room

    def clean_token(self) -> str:
        token = str(self.cleaned_data["token"]).strip()
        if not token.isascii() or not token.isprintable() or " " in token:
            raise forms.ValidationError("A token is made of letters and digits: copy it again.", code="bad_token")
        return token

    def clean_oauth_secret(self) -> str:
        return self.proof_in("oauth_secret", "JWT secret", SHORTEST_JWT_SECRET, "a shorter one could be guessed")

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("url"):
            self._split(str(cleaned["url"]))
        cleaned.pop("url", None)
        if not self.errors:
            self._check_complete()
        return cleaned

    @classmethod
    def parts_of(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Server, room and, where the URL has it, the token; the URL itself is then empty."""
        found = _parts(str(values.get("url") or "").strip())
        return found and {**found, "url": None}

    def _split(self, url: str) -> None:
        found = _parts(url)
        self.cleaned_data |= found
        if not found:
            words = "This is no notification URL (.../v2/room/<room>/notification): fill in Server and Room instead."
            self.complain("url", words, "not_a_room")

    def _check_complete(self) -> None:
        cleaned = self.cleaned_data
        for name, words in (
            ("server", "Paste the room's notification URL above, or give the server's address."),
            ("room", "Give the room's API ID or its name."),
            ("token", "Give the room's notification token; the URL that was pasted has none."),
        ):
            if not cleaned.get(name):
                self.complain(name, words, "required")
        if _V1_TOKEN.fullmatch(str(cleaned.get("token") or "")):
            words = (
                "This looks like a token of API v1 (lower-case letters and digits only), which API v2 refuses: "
                "make a room notification token, or press Test to find out whether the server takes this one."
            )
            self.complain("token", words, "v1_token")


def _parts(url: str) -> dict[str, str]:
    """Server, room and token of a notification URL; nothing of any other text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return {}
    found = _ROOM_PATH.fullmatch(parts.path)
    if found is None or not parts.netloc:
        return {}
    token = parse_qs(parts.query).get("auth_token")
    where = {"server": urlunsplit((parts.scheme, parts.netloc, found["base"], "", "")), "room": unquote(found["room"])}
    return where | ({"token": token[0]} if token else {})


def _no_slack(url: str) -> str:
    host = urlsplit(url).hostname or ""
    if any(host == known or host.endswith(f".{known}") for known in _SLACK_HOSTS):
        words = "This is an address of Slack: choose the type Slack and paste it there."
        raise forms.ValidationError(words, code="slack_url")
    return url


@dataclass(frozen=True, slots=True)
class HipChatSettings:
    """A HipChat integration's values. `notify` are the names of the ticked notify fields; no `sender` is the team.

    `oauth_secret` is empty where webhooks are not signed; then `actions` says what they may do.
    """

    server: str
    room: str
    token: str = field(repr=False)
    personal: bool = False
    sender: str = ""
    notify: frozenset[str] = frozenset()
    notify_from: Severity = Severity.INFO
    actions: Actions = Actions.REFUSE
    oauth_secret: str = field(default="", repr=False)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "HipChatSettings":
        """The settings that a stored config holds."""
        return cls(
            server=str(config["server"]),
            room=str(config["room"]),
            token=str(config["token"]),
            personal=bool(config.get("personal")),
            sender=str(config.get("sender") or ""),
            notify=frozenset(name for name in NOTIFY_FIELDS if config.get(name)),
            notify_from=Severity(config.get("notify_from") or Severity.INFO),
            actions=Actions(config.get("actions") or Actions.REFUSE),
            oauth_secret=str(config.get("oauth_secret") or ""),
        )


def target(settings: HipChatSettings) -> str:
    """`room 1147567`, or the room's name."""
    return f"room {settings.room}"


def rate_key(settings: HipChatSettings) -> str:
    """HipChat counts by room."""
    return f"{settings.server} {settings.room}"


def secrets(settings: HipChatSettings) -> tuple[str, ...]:
    """The token, and what webhooks are signed with."""
    return tuple(filter(None, (settings.token, settings.oauth_secret)))


SPEC = Spec(
    kind="hipchat",
    name="HipChat",
    icon="hipchat",
    summary="Posts to a room of a HipChat server or of anything that speaks HipChat's API v2.",
    setup=(
        "With a URL: in the settings of the room in HipChat choose Integrations, then Build your own integration.",
        "Copy the whole URL that HipChat shows under “Send messages to this room by posting to this URL”.",
        "Paste it into URL here: it is taken apart into server, room and token.",
        "Or by hand: the room's page in the group's administration shows its API ID, or take the room's name.",
        "There, under Tokens, create a token of the scope Send Notification; its label becomes the sender's name.",
        "A person's own token works too: tick Personal token. Both are of API v2; those of v1 do not work.",
        "Press Test: a marked message appears in the room, and the answer shows as 200 or 204.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=HipChatForm,
    settings=HipChatSettings.of,
    target=target,
    rate_key=rate_key,
    rate=Rate(30, 60.0, burst=5),
    abilities=Abilities(desktop_notification=True),
    secrets=secrets,
)
