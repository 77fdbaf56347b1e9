from django.db import models


class Telling(models.TextChoices):
    """What an integration can be told of. A loss of data counts as triggered; escalations are always told."""

    TRIGGERED = "triggered"
    SEVERITY_CHANGED = "severity_changed", "More severe"
    REMINDED = "reminded", "Reminders"
    ACKNOWLEDGED = "acknowledged", "Acknowledged, or taken back"
    ASSIGNED = "assigned"
    NOTED = "noted"
    CLEARED = "cleared"


def usually_told() -> list[str]:
    """What a new integration is told of: what went wrong, and that it is over."""
    return [Telling.TRIGGERED, Telling.SEVERITY_CHANGED, Telling.REMINDED, Telling.CLEARED]


class Language(models.TextChoices):
    """The languages that messages are written in."""

    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"
    FRENCH = "fr", "Français"
    JAPANESE = "ja", "日本語"
