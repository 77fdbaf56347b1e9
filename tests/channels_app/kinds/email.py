"""E-mail: speaks SMTP; its fates are in tests/failings/mail.py."""

from tests.channels_app.kinds.sample import Sample

SAMPLE = Sample(config=lambda server: {"to": ["ann@example.com"]})
