"""What the tests know of each kind, a module each."""

from collections.abc import Mapping

from tests.channels_app.kinds import (
    apprise,
    discord,
    email,
    hipchat,
    mattermost,
    msteams,
    nagios,
    pagerduty,
    slack,
    telegram,
    webhook,
)
from tests.channels_app.kinds.sample import Sample

SAMPLES: Mapping[str, Sample] = {
    "slack": slack.SAMPLE,
    "hipchat": hipchat.SAMPLE,
    "msteams": msteams.SAMPLE,
    "mattermost": mattermost.SAMPLE,
    "discord": discord.SAMPLE,
    "telegram": telegram.SAMPLE,
    "email": email.SAMPLE,
    "pagerduty": pagerduty.SAMPLE,
    "webhook": webhook.SAMPLE,
    "nagios": nagios.SAMPLE,
    "apprise": apprise.SAMPLE,
}
HTTP_KINDS: tuple[str, ...] = tuple(kind for kind, sample in SAMPLES.items() if sample.good is not None)
SECRETS: tuple[str, ...] = tuple(secret for sample in SAMPLES.values() for secret in sample.secrets)
