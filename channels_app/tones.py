"""One colour for each thing a message can tell, named once and spelled in each kind's own way."""

from enum import StrEnum

from channels_app.contract import DigestLine, Message
from channels_app.words import AlertState, Severity, Story


class Tone(StrEnum):
    """A colour by the name that HipChat gives it."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    PURPLE = "purple"
    GRAY = "gray"

    @property
    def hex(self) -> str:
        """The colour as `#rrggbb`."""
        return _HEX[self]


_HEX = {
    Tone.RED: "#d0282e",
    Tone.YELLOW: "#e8b122",
    Tone.GREEN: "#2e9e5b",
    Tone.PURPLE: "#7a4bb5",
    Tone.GRAY: "#8a8f98",
}
_SEVERITIES = {
    Severity.CRITICAL: Tone.RED,
    Severity.MAJOR: Tone.RED,
    Severity.MINOR: Tone.YELLOW,
    Severity.INFO: Tone.GRAY,
}
_OVER = frozenset((Story.CLEARED, Story.MENDED))
# These tell that an alert is bad now, whoever has acknowledged it.
_ALARMS = frozenset((Story.TRIGGERED, Story.SEVERITY_CHANGED, Story.NO_DATA, Story.UNACKNOWLEDGED, Story.ESCALATED))


def tone_of(message: Message) -> Tone:
    """The colour of `message`; of a digest, that of its worst line that is not cleared."""
    if message.story is Story.DIGEST:
        return _digest(message.lines)
    if message.story in _OVER or message.state is AlertState.CLEARED:
        return Tone.GREEN
    if message.story is Story.TROUBLE:
        return Tone.RED
    if message.state is AlertState.ACKNOWLEDGED and message.story not in _ALARMS:
        return Tone.PURPLE
    return severity_tone(message.severity)


def severity_tone(severity: Severity | None) -> Tone:
    """The colour of a severity, gray for none."""
    return Tone.GRAY if severity is None else _SEVERITIES[severity]


def _digest(lines: tuple[DigestLine, ...]) -> Tone:
    bad = [line.severity for line in lines if line.story is not Story.CLEARED]
    if not bad:
        return Tone.GREEN if lines else Tone.GRAY
    return severity_tone(max(bad, key=lambda severity: severity.rank))
