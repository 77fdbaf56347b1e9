"""A sender that has longer to take its leave than a machine may stall."""

import os


def lengthen(seconds: float) -> None:
    """Wait so long for answers that are under way, once it is asked to end. A name that is gone ends the process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from deliveries import sender

    assert sender.FAREWELL
    sender.FAREWELL = seconds
