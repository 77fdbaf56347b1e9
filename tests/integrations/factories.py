"""Integrations for tests, made the way the services make them, but in one call and without an actor."""

from typing import Any

from django.utils import timezone

from integrations import services
from integrations.models import Integration
from teams.access import Actor
from teams.models import Team
from tests.channels_app.samples import config_for

SLACK_URL = "https://hooks.slack.com/services/T0/B0/XXXXsecretslacktokenXXXX"
HIPCHAT = {
    "server": "https://hipchat.example.org",
    "room": "1147567",
    "token": "V2mixedCaseTokenOfFortyLettersAndDigits40",
}


def make_integration(
    team: Team, kind: str = "slack", name: str = "ops", enabled: bool = True, config: dict[str, Any] | None = None
) -> Integration:
    """An integration of the team; without `config` one whose destination nothing in the tests may reach."""
    configs: dict[str, dict[str, Any]] = {"slack": {"url": SLACK_URL, "channel": "#ops"}, "hipchat": HIPCHAT}
    whole = config
    if whole is None:
        whole = configs[kind] if kind in configs else config_for(kind, "https://remote.example")
    return services.create(Actor.system(team), kind=kind, name=name, enabled=enabled, config=whole, now=timezone.now())
