"""The story of an alert as replies in its message's thread, a line or two for each thing that happened. Pure."""

from channels_app.cards import WithPlain, joined
from channels_app.contract import Message
from channels_app.pinging import ALARMS
from channels_app.slack.markup import many_lines, one_line
from channels_app.slack.spec import SlackSettings
from channels_app.words import Story

CALM = {"unfurl_links": False, "unfurl_media": False}
HEADLINE_LIMIT, SUMMARY_LIMIT, NOTE_LIMIT = 600, 1_200, 600


def is_loud(message: Message, settings: SlackSettings) -> bool:
    """Whether it shows in the channel too: what is told aloud and bad, and clears where that is wished."""
    if message.living is not None and message.living.silent:
        return False
    return message.story in ALARMS or (message.story is Story.CLEARED and settings.broadcast_clears)


def story_of(message: Message, settings: SlackSettings, ping: str) -> WithPlain | None:
    """The reply that tells `message`, None where none should; whom it pings, and all that is loud, show in the channel.

    An edited message notifies nobody: so what is loud is told there even where stories are not.
    """
    silent, loud = message.living is not None and message.living.silent, is_loud(message, settings)
    if not loud and not settings.thread:
        return None
    lines = _in_channel(message) if loud else _in_thread(message)
    lines.append(many_lines(message.note, NOTE_LIMIT) if message.note and not silent else "")
    words = joined(ping, "\n".join(filter(None, lines)))
    shown = {"type": "section", "text": {"type": "mrkdwn", "text": words, "verbatim": True}}
    shared = {"reply_broadcast": loud, **CALM}
    rich = {"text": joined(ping, lines[0]), "blocks": [shown], **shared}
    return WithPlain({"body": rich}, lambda: {"text": words, **shared})


def _in_channel(message: Message) -> list[str]:
    """In the channel it stands alone, and must name the alert."""
    return [one_line(message.headline, HEADLINE_LIMIT), many_lines(message.summary, SUMMARY_LIMIT)]


def _in_thread(message: Message) -> list[str]:
    word = message.speech.story(message.story)
    what = f"*{one_line(word[:1].upper() + word[1:], 100)}*"
    return [joined(what, many_lines(message.summary, SUMMARY_LIMIT), ": ")]
