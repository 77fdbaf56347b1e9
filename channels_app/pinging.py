"""Who is pinged by a message: the message's own mentions, and those that an integration has for a severity."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django import forms

from channels_app.contract import Message
from channels_app.words import SEVERITIES, Severity, Story

Mentions = Mapping[Severity, tuple[str, ...]]

# Only what says that an alert is bad, or got worse, is worth a ping.
ALARMS = frozenset((Story.TRIGGERED, Story.SEVERITY_CHANGED, Story.NO_DATA, Story.REMINDER, Story.ESCALATED))
MOST_MENTIONS = 10
TEXT_LIMIT = 300


class MentionsField(forms.CharField):
    """Whom to mention for one severity, with blanks or commas between; `known` says what the service can ping."""

    default_error_messages = {
        "unknown": "“%(name)s” cannot be mentioned: write %(examples)s.",
        "too_many": f"%(count)d mentions: at most {MOST_MENTIONS} are possible.",
    }

    def __init__(self, severity: str, known: Callable[[str], bool], examples: str) -> None:
        self.known, self.examples = known, examples
        whole = f"Who is pinged when an alert is or becomes critical: {examples}. Empty: nobody."
        words = whole if severity == Severity.CRITICAL else f"The same for {severity} alerts."
        super().__init__(label=f"Mention for {severity}", max_length=TEXT_LIMIT, required=False, help_text=words)

    def to_python(self, value: Any) -> str:
        names = _names(super().to_python(value) or "")
        unknown = [name for name in names if not self.known(name)]
        if unknown:
            self._refuse("unknown", name=unknown[0][:50], examples=self.examples)
        if len(names) > MOST_MENTIONS:
            self._refuse("too_many", count=len(names))
        return " ".join(names)

    def _refuse(self, code: str, **params: Any) -> None:
        raise forms.ValidationError(self.error_messages[code], code=code, params=params)


def mentions_in(config: Mapping[str, Any]) -> Mentions:
    """The names of the fields `mention_<severity>` of a stored config, by severity."""
    found = {severity: _names(str(config.get(f"mention_{severity}") or "")) for severity in SEVERITIES}
    return {severity: names for severity, names in found.items() if names}


def called(message: Message, mentions: Mentions) -> tuple[str, ...]:
    """The names that `message` may ping, each once. Clears, acknowledgements and notes add none to its own."""
    if not mentions:
        return message.mentions
    chosen = (name for severity in alarming(message) for name in mentions.get(severity, ()))
    return tuple(dict.fromkeys((*message.mentions, *chosen)))


def alarming(message: Message) -> Iterator[Severity]:
    """The severities of the alarms that are told, of a digest's named ones too."""
    if message.lines:
        yield from dict.fromkeys(each.severity for each in message.lines if each.story in ALARMS)
    elif message.story in ALARMS and message.severity:
        yield message.severity


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.replace(",", " ").split()))
