"""What a Telegram integration is: a bot, and the chat that it writes to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from django import forms

from channels_app.contract import Abilities, Rate, Spec
from channels_app.fields import AddressField, KindForm, severity_choice
from channels_app.words import Severity

SERVER = "https://api.telegram.org"
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,100}")
_CHAT = re.compile(r"-?\d{1,16}|@[A-Za-z][A-Za-z0-9_]{3,31}")


class TelegramForm(KindForm):
    """The fields of a Telegram integration."""

    secret_fields: ClassVar[tuple[str, ...]] = ("token",)
    address_fields: ClassVar[tuple[str, ...]] = ("server",)

    token = forms.CharField(
        label="Bot token",
        max_length=130,
        help_text="What BotFather answers when the bot is made: digits, a colon, letters. It is kept secret.",
        widget=forms.TextInput(attrs={"placeholder": "123456789:AA...", "autocomplete": "off"}),
    )
    chat = forms.CharField(
        label="Chat id",
        max_length=33,
        help_text="The number of a chat (of groups it is negative), or @name of a public channel.",
        widget=forms.TextInput(attrs={"placeholder": "-1001147567"}),
    )
    thread_id = forms.IntegerField(
        label="Topic id",
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text="The topic of a group with topics to write into: the number at the end of the topic's link.",
    )
    sound_from = severity_choice(
        "Sound from", Severity.MINOR, "Messages about alerts below this severity arrive without a sound."
    )
    server = AddressField(
        label="Bot API server",
        required=False,
        initial=SERVER,
        help_text="The address of the Bot API, if you run a server of your own.",
    )

    def clean_token(self) -> str:
        token = str(self.cleaned_data["token"])
        if not _TOKEN.fullmatch(token):
            words = "This is no token of a bot (123456789:AA...): copy what BotFather says, whole."
            raise forms.ValidationError(words, code="not_a_token")
        return token

    def clean_chat(self) -> str:
        chat = str(self.cleaned_data["chat"])
        if not _CHAT.fullmatch(chat):
            words = "Give the chat's number, such as -1001147567, or @name of a public channel."
            raise forms.ValidationError(words, code="not_a_chat")
        return chat

    def clean_server(self) -> str:
        parts = urlsplit(str(self.cleaned_data["server"] or SERVER))
        if "/bot" in parts.path:
            words = "Give the address without /bot and the token: they are added."
            raise forms.ValidationError(words, code="not_a_server")
        return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """A Telegram integration's values. `thread_id` is 0 for none."""

    token: str = field(repr=False)
    chat: str
    thread_id: int = 0
    sound_from: Severity = Severity.MINOR
    server: str = SERVER

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "TelegramSettings":
        """The settings that a stored config holds."""
        return cls(
            token=str(config["token"]),
            chat=str(config["chat"]),
            thread_id=int(config.get("thread_id") or 0),
            sound_from=Severity(config.get("sound_from") or Severity.MINOR),
            server=str(config.get("server") or SERVER),
        )


def target(settings: TelegramSettings) -> str:
    """The channel's name, or the chat's number."""
    return settings.chat if settings.chat.startswith("@") else f"chat {settings.chat}"


def chat_id(settings: TelegramSettings) -> str | int:
    """The chat as Telegram wants it: a public name as text, all else as a number."""
    return settings.chat if settings.chat.startswith("@") else int(settings.chat)


def secrets(settings: TelegramSettings) -> tuple[str, ...]:
    """The token, and the part of it that is no number."""
    return settings.token, settings.token.partition(":")[2]


SPEC = Spec(
    kind="telegram",
    name="Telegram",
    icon="telegram",
    summary="Writes to a chat, group or channel of Telegram through a bot of yours.",
    setup=(
        "In Telegram, write /newbot to @BotFather, and paste the token that it answers here.",
        "Add the bot to the group that should hear of alerts; of a channel, make it an administrator who may post.",
        "For a public channel, write its @name as the chat.",
        "Else write something in the group, open <server>/bot<token>/getUpdates, and copy the chat's id from there.",
        "For one topic of a group, copy the link of the topic: the number at its end is the topic's id.",
        "Press Test: a marked message appears in the chat, and the answer shows with status 200.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=TelegramForm,
    settings=TelegramSettings.of,
    target=target,
    rate_key=lambda settings: f"{settings.server} {settings.token} {settings.chat}",
    # One in a second in a chat, 20 in a minute in a group: one in 3 s keeps both, wherever the bot writes.
    rate=Rate(20, 60.0),
    abilities=Abilities(updates_in_place=True, text_limit=4_096),
    secrets=secrets,
    reads_subject=True,
    lives=lambda settings: True,
)
