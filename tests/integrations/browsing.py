"""How a person, and htmx for them, asks for the pages of integrations."""

from typing import Any

from django.test import Client

from alerts.models import AlertRule, RuleIntegration
from channels_app.contract import Spec
from integrations.models import Integration, Telling
from teams.models import User
from tests.alerts.factories import make_rule

BASE = "/t/ops/integrations/"
IN_POPUP = {"HX-Request": "true", "HX-Target": "dialog-body"}
IN_ROW = {"HX-Request": "true", "HX-Target": "row"}
CANARY = "XXXXcanarysecrettokenXXXX"
CANARY_URL = f"https://hooks.slack.com/services/T0/B0/{CANARY}"
SOME_URL = "https://hooks.slack.com/services/T/B/abc"
TOKEN = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCd"


def enter(user: User) -> Client:
    """A browser in which that person is logged in."""
    client = Client()
    client.force_login(user)
    return client


def slack(
    url: str = "https://hooks.slack.com/services/T/B/abc", name: str = "ops room", **fields: Any
) -> dict[str, Any]:
    """What the form of a Slack integration posts."""
    own = {"integration-kind": "slack", "integration-name": name, "integration-enabled": "on"}
    return {**own, "url": url, "channel": "#ops", **fields}


def fields_after(spec: Spec) -> list[str]:
    """What the form of a type asks after that type's own fields."""
    told = ["used_by_default", "minimum_severity", *["events"] * len(Telling)]
    told += [] if spec.abilities.tracks_state else ["hears_changes"]
    names = ["fallback", "policies", *told, "hears_trouble", "picture", "time_zone", "language"]
    return [f"integration-{name}" for name in names]


def tell(integration: Integration, name: str, **fields: Any) -> AlertRule:
    """A rule of its team that tells the integration."""
    rule = make_rule(integration.team, [], name=name, **fields)
    RuleIntegration.objects.create(team=integration.team, rule=rule, integration=integration)
    return rule


def masked(client: Client, integration: Integration, field: str) -> str:
    """What the form shows instead of a secret."""
    page = client.get(f"{BASE}{integration.pk}/")
    return str(page.context["draft"].config_form.initial[field])
