"""An app's conversation with Slack: it posts a message once, keeps it true, and tells the story in its thread."""

from functools import partial

from channels_app.contract import HttpCall, Payload, Sending
from channels_app.living import Ways, keep_true
from channels_app.slack.spec import SlackSettings
from channels_app.slack.typed import names_a_channel
from channels_app.slack.webapi import LOST, POST, UPDATE, call, judge, word_of

ELSEWHERE = "the integration posts to another channel now"
UNTOLD = "updated, but its thread could not be told"


def send_as_bot(payload: Payload, settings: SlackSettings) -> Sending:
    """Post it, or update the alert's message; where that is gone, post a new one, and say so."""
    return keep_true(payload, _ways(settings))


def _ways(settings: SlackSettings) -> Ways:
    return Ways(
        post=partial(call, settings, POST),
        edit=partial(_update, settings),
        beside=partial(_reply, settings),
        judge=partial(judge, settings=settings),
        lost=lambda reply: word_of(reply) in LOST,
        word=word_of,
        # Slack tells the channel's id alone, so the name that led there is kept beside it.
        ref=lambda ref: ref if names_a_channel(settings.channel) else f"{ref}:{settings.channel}",
        moved=partial(_moved, settings),
        doubt=partial(_doubt, settings),
        elsewhere=ELSEWHERE,
        untold=UNTOLD,
    )


def _update(settings: SlackSettings, ref: str, body: Payload) -> HttpCall:
    channel, ts, _ = _parts(ref)
    return call(settings, UPDATE, {**body, "channel": channel, "ts": ts})


def _reply(settings: SlackSettings, ref: str, body: Payload) -> HttpCall:
    channel, ts, _ = _parts(ref)
    return call(settings, POST, {**body, "channel": channel, "thread_ts": ts})


def _moved(settings: SlackSettings, ref: str) -> bool:
    """Whether the integration posts to another channel than the one of the message, where that can be told."""
    channel, _, name = _parts(ref)
    if names_a_channel(settings.channel):
        return channel != settings.channel
    return name != settings.channel if name else _is_persons(channel) is not _is_persons(settings.channel)


def _doubt(settings: SlackSettings, ref: str) -> str:
    """What cannot be told of a message that was posted by an id, where a name is known now."""
    channel, _, name = _parts(ref)
    if name or names_a_channel(settings.channel):
        return ""
    return f"Slack does not tell whether {channel} is {settings.channel}"


def _is_persons(channel: str) -> bool:
    """Whether it is a conversation with one person, by its id or by theirs."""
    return channel.startswith(("D", "U", "W"))


def _parts(ref: str) -> tuple[str, str, str]:
    """The channel's id, the message's time, and the channel's name where it was called by that."""
    channel, _, rest = ref.partition(":")
    ts, _, name = rest.partition(":")
    return channel, ts, name
