"""Two teams with one of everything each; whatever belongs to the second holds a word that stands nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from alerts.models import Alert, AlertRule, MaintenanceWindow, Mute, RuleGroup, Test
from alerts.services.maintenance import create_window
from deliveries.models import Delivery
from integrations.models import Group, Integration
from teams import services
from teams.access import Actor
from teams.adminkit import site
from teams.models import ApiKey, AuditEntry, Grant, Membership, Role, Team, User
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, trigger
from tests.factories import MembershipFactory, UserFactory
from tests.integrations.factories import make_integration

CANARY = "Kanarienvogel"
OURS = ("teams", "integrations", "alerts", "deliveries")


@dataclass
class Half:
    """A team with one of everything; `secrets` must never be shown by any page."""

    team: Team
    user: User
    test: Test
    rule: AlertRule
    integration: Integration
    alert: Alert
    delivery: Delivery
    key: ApiKey
    secrets: list[str] = field(default_factory=list)

    def of(self, model: type[Model]) -> Any:
        """This half's row of any model that the admin knows."""
        if model is Membership:
            return Membership.objects.get(team=self.team, user=self.user)
        if model is AuditEntry:
            return AuditEntry.objects.filter(team=self.team).first()
        if model is Mute:
            return Mute.objects.get(team=self.team)
        if model is MaintenanceWindow:
            return MaintenanceWindow.objects.get(team=self.team)
        if model is Group:
            return Group.objects.get(team=self.team)
        known: dict[type[Model], Any] = {
            Team: self.team,
            Grant: self.team,
            User: self.user,
            Test: self.test,
            AlertRule: self.rule,
            Integration: self.integration,
            Alert: self.alert,
            Delivery: self.delivery,
            ApiKey: self.key,
        }
        return known[model]


@dataclass
class World:
    """`mine` is team Ops with its people; `theirs` is the rivals' team. `both` is an admin of the first who may only
    read in the second."""

    cast: Cast
    mine: Half
    theirs: Half
    both: User


def make_half(team: Team, user: User, mark: str) -> Half:
    secret = f"XXXX{mark}secretslacktokenXXXX"
    url = f"https://hooks.slack.com/services/T0/B0/{secret}"
    integration = make_integration(team, name=f"{mark} room", config={"url": url, "channel": f"#{mark}"})
    test = make_test(team, slug=f"test-{mark.lower()}", name=f"{mark} test", target=f"https://{mark}.example.com")
    condition = {"metric": f"{mark}_metric", "operator": ">", "threshold": 500.0}
    rule = rule_for(
        team,
        integration,
        test=test,
        name=f"{mark} rule",
        conditions=[condition],
        recipients=[f"{mark}@example.com".lower()],
        message=f"{mark} message",
    )
    group = Group.objects.create(team=team, name=f"{mark} group")
    group.members.create(team=team, integration=integration)
    RuleGroup.objects.create(team=team, rule=rule, group=group)
    alert = trigger(rule, timezone.now())
    delivery = Delivery.objects.filter(alert=alert, integration=integration).get()
    Mute.objects.create(team=team, rule=rule, reason=f"{mark} work", by=user, by_text=user.name)
    actor = Actor(team=team, role=Role.ADMIN, user=user)
    times = {"starts_at": timezone.now(), "minutes": 60, "tests": [test], "selector": [f"of={mark}"]}
    create_window(actor, {"name": f"{mark} window", **times}, timezone.now())
    key, plain = services.create_api_key(actor, team, f"{mark} key", "member", None, timezone.now())
    return Half(team, user, test, rule, integration, alert, delivery, key, [secret, plain, key.digest])


@pytest.fixture
def world(cast: Cast) -> World:
    Team.objects.filter(pk=cast.other_team.pk).update(name=f"{CANARY} team")
    User.objects.filter(pk=cast.outsider.pk).update(name=f"{CANARY} person", email=f"{CANARY.lower()}@example.com")
    cast.other_team.refresh_from_db()
    cast.outsider.refresh_from_db()
    both = UserFactory.create(email="both@example.com", name="Both")
    MembershipFactory.create(team=cast.team, user=both, role=Role.ADMIN)
    MembershipFactory.create(team=cast.other_team, user=both, role=Role.VIEWER)
    mine = make_half(cast.team, cast.owner, "Own")
    return World(cast, mine, make_half(cast.other_team, cast.outsider, CANARY), both)


@pytest.fixture
def enter() -> Callable[..., Client]:
    """Log somebody in, looking at `team` where they are in several."""

    def log_in(user: User, team: Team | None = None, **options: Any) -> Client:
        client = Client(**options)
        client.force_login(user)
        if team is not None:
            session = client.session
            session["admin_team"] = team.pk
            session.save()
        return client

    return log_in


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of our own tables, to show that nothing was written."""
    models = [model for label in OURS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


def registered() -> list[type[Model]]:
    """Every model with admin pages."""
    return list(site._registry)


def with_team() -> list[type[Model]]:
    """Those whose pages team admins use."""
    return [model for model in registered() if model not in (User, Grant)]


def names(models: list[type[Model]]) -> list[str]:
    return [model._meta.model_name or "" for model in models]


def rule_form(**fields: Any) -> dict[str, Any]:
    """What a browser posts for a new rule."""
    plain = {
        "name": "Slow",
        "enabled": "on",
        "severity": "minor",
        "tests": [],
        "integrations": [],
        "match": "all",
        "rounds_required": 1,
        "rounds_window": 1,
        "rounds_mode": "any",
        "minimum_sources": 1,
        "minimum_sources_percent": "",
        "when_data_stops": "keep",
        "no_data_minutes": 10,
        "reopen_after": 43200,
        "recipients": "",
        "notify_on_clear": "on",
        "message": "",
        "runbook": "",
        "conditions-TOTAL_FORMS": 1,
        "conditions-INITIAL_FORMS": 0,
        "conditions-MIN_NUM_FORMS": 0,
        "conditions-MAX_NUM_FORMS": 1000,
        "conditions-0-metric": "response_time",
        "conditions-0-operator": ">",
        "conditions-0-threshold": "500",
        "conditions-0-severity": "",
        "escalation_steps-TOTAL_FORMS": 0,
        "escalation_steps-INITIAL_FORMS": 0,
    }
    return {**plain, **fields}
