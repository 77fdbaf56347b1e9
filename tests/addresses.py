"""Every address of the URL table, filled with a team's things. Tests of all pages are generated from it.

A parameter that OBJECTS does not know fails tests/test_whose_is_it.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.db import models
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from alerts.models import Alert, AlertEvent, AlertRule, MaintenanceWindow, Mute, RuleGroup, RuleIntegration, Test
from alerts.services.maintenance import create_window
from channels_app.hearing import Person
from channels_app.words import Severity
from deliveries.hearing import people
from deliveries.hearing.links import token_for
from deliveries.models import ChatIdentity, Delivery, Drill
from integrations.models import Group, Integration
from teams import services
from teams.access import Actor
from teams.models import ApiKey, AuditEntry, Invitation, Membership, Role, Team, User
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.integrations.factories import make_integration
from tests.troubles import meet_quotas, put_on_hold, stand_in


@dataclass(frozen=True)
class World:
    """What a team has: one row of each kind, by model name."""

    team: Team
    objects: dict[str, models.Model]

    def fingerprint(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of these kinds, without what every login writes."""
        return {
            name: [{k: v for k, v in row.items() if k != "last_login"} for row in type(each)._default_manager.values()]
            for name, each in self.objects.items()
        }


def furnish(team: Team, person: User, mark: str, slug: str = "theirs") -> World:
    """One of everything for the team, on a bad day; every text in it that is shown anywhere holds `mark`."""
    now = timezone.now()
    Team.objects.filter(pk=team.pk).update(name=f"{team.name} {mark}")
    User.objects.filter(pk=person.pk).update(name=f"{person.name} {mark}")
    test = make_test(team, slug, name=f"Test {mark}", target=f"https://{mark}.example")
    rule = make_rule(team, [test], name=f"Rule {mark}", message=mark)
    integration = make_integration(team, name=f"Room {mark}")
    RuleIntegration.objects.create(team=team, rule=rule, integration=integration)
    crew = Group.objects.create(team=team, name=f"Crew {mark}")
    crew.members.create(team=team, integration=integration)
    RuleGroup.objects.create(team=team, rule=rule, group=crew)
    alert = open_alert(rule, test, now - timedelta(minutes=5), Severity.CRITICAL)
    key, _ = services.create_api_key(Actor.system(team), team, f"Key {mark}", "admin", None, now)
    inviter = Actor(team=team, role=Role.ADMIN, user=person)
    invitation, _ = services.invite(inviter, f"{mark}@example.com", "viewer", now)
    rows: list[models.Model] = [test, rule, integration, crew, alert, key, team, person, invitation]
    rows += [Membership.objects.get(team=team, user=person), AuditEntry.objects.filter(team=team).latest("id")]
    delivery = Delivery.objects.get(event__alert=alert)
    times = {"starts_at": now - timedelta(minutes=2), "minutes": 60, "tests": [test], "selector": [f"of={mark}"]}
    window = create_window(Actor.system(team), {"name": f"Window {mark}", **times}, now)
    mute = Mute.objects.create(team=team, rule=rule, reason=mark, by=person, by_text=mark)
    about = {"number": alert.number, "began_at": now, "by_text": mark, "words": mark}
    drill = Drill.objects.create(team=team, rule=rule, finished_at=now, ok=False, **about)
    rows += [window, mute, drill, link_up(person, integration, mark, now)]
    rows += [AlertEvent.objects.get(alert=alert), delivery, put_on_hold(integration, now, mark)]
    stand_in(delivery, now, mark)
    meet_quotas(team, now)
    for row in (team, integration):
        row.refresh_from_db()
    return World(team=team, objects={str(row._meta.model_name): row for row in rows})


def link_up(person: User, integration: Integration, mark: str, now: datetime) -> ChatIdentity:
    """Who the person is in a chat; `link_token` is of the link by which they could say so."""
    Integration.objects.filter(pk=integration.pk).update(hears_key=f"of {mark}")
    integration.refresh_from_db()
    them = Person(f"W-{mark}", f"U-{mark}", f"Chatter {mark}")
    identity = people.connect(person, integration, them, now)
    identity.link_token = token_for(integration, them, now)  # type: ignore[attr-defined]
    return identity


# (route, parameter, the model whose row of the other team it names and the field it names it by); the first fits.
# A model of None: the parameter names nobody's things, and the field is the value.
OBJECTS: tuple[tuple[str, str, type[models.Model] | None, str], ...] = (
    (r"reset/", "uidb64|token", None, "MQ"),
    (r"invitations/", "token", Invitation, "digest"),
    (r"i/", "token", None, "unsigned"),
    (r"mail/(confirm|stop|act)/", "token", None, "unsigned"),
    (r"hooks/", "kind", None, "slack"),
    (r"hooks/", "door", None, "actions"),
    (r"t/|me/teams/", "team_slug", Team, "slug"),
    (r"t/.*/chat/link/", "token", ChatIdentity, "link_token"),
    (r"t/.*/chat/", "identity_id", ChatIdentity, "pk"),
    (r"t/.*/team/people/", "membership_id", Membership, "pk"),
    (r"t/.*/team/invitations/", "invitation_id", Invitation, "pk"),
    (r"t/.*/team/keys/", "key_id", ApiKey, "pk"),
    (r"t/.*/(views|tests)/", "slug", Test, "slug"),
    (r"t/.*/alerts/", "number", Alert, "number"),
    (r"t/.*/alerts/", "format", None, "md"),
    (r"t/.*/mutes/", "mute_id", Mute, "pk"),
    (r"t/.*/maintenance/", "window_id", MaintenanceWindow, "pk"),
    (r"t/.*/rules/", "pk|rule_id", AlertRule, "pk"),
    (r"t/.*/integrations/groups/", "group_id", Group, "pk"),
    (r"t/.*/integrations/app/", "kind", None, "slack"),
    (r"t/.*/integrations/", "pk|integration_id", Integration, "pk"),
    (r"t/.*/deliveries/", "pk|delivery_id", Delivery, "pk"),
    (r"api/v1/tests/", "slug", Test, "slug"),
    (r"api/v1/rules/", "pk", AlertRule, "pk"),
    (r"api/v1/maintenance-windows/", "pk", MaintenanceWindow, "pk"),
    (r"api/v1/mutes/", "pk", Mute, "pk"),
    (r"api/v1/drills/", "pk", Drill, "pk"),
    (r"api/v1/alerts/", "id", Alert, "number"),
    (r"api/v1/integrations/", "pk", Integration, "pk"),
    (r"api/v1/groups/", "pk", Group, "pk"),
    (r"api/v1/deliveries/", "pk", Delivery, "pk"),
    (r"admin/deliveries/.*(number|for-alert)", "number", Alert, "number"),
    (r"admin/r/", "content_type_id", None, "1"),
    (r"admin/r/", "object_id", Team, "pk"),
    (r"admin/teams/auditentry/", "object_id", AuditEntry, "pk"),
    (r"admin/teams/apikey/", "object_id", ApiKey, "pk"),
    (r"admin/teams/membership/", "object_id", Membership, "pk"),
    (r"admin/teams/team/", "object_id", Team, "pk"),
    (r"admin/teams/grant/", "object_id", Team, "pk"),
    (r"admin/teams/user/", "object_id", User, "pk"),
    (r"admin/integrations/integration/", "object_id", Integration, "pk"),
    (r"admin/integrations/group/", "object_id", Group, "pk"),
    (r"admin/alerts/alert/", "object_id", Alert, "pk"),
    (r"admin/alerts/alertrule/", "object_id", AlertRule, "pk"),
    (r"admin/alerts/maintenancewindow/", "object_id", MaintenanceWindow, "pk"),
    (r"admin/alerts/mute/", "object_id", Mute, "pk"),
    (r"admin/alerts/test/", "object_id", Test, "pk"),
    (r"admin/deliveries/delivery/", "object_id", Delivery, "pk"),
    (r"admin/", "app_label", None, "alerts"),
    (r"admin/", "url", None, "nothing"),
)
NOBODYS = "987654321"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def routes() -> list[str]:
    """Every route as the URL table spells it."""
    return list(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route)
        else:
            yield route


def plain(route: str) -> str:
    """`api/v1/^tests/(?P<slug>...)/$` -> `api/v1/tests/<slug>/`."""
    return str(simplify_regex(route)).removeprefix("/")


def known(route: str, name: str) -> tuple[type[models.Model] | None, str] | None:
    for where, names, model, field in OBJECTS:
        if re.match(where, plain(route)) and name in names.split("|"):
            return model, field
    return None


def address(route: str, world: World, nobodys: bool = False) -> tuple[str, bool]:
    """The route filled with the other team's things (or with things that nobody has), and whether it names any."""
    theirs = []

    def fill(found: re.Match[str]) -> str:
        model, field = known(route, found[1]) or (None, "1")
        theirs.append(model is not None)
        if model is not None and nobodys:
            return NOBODYS
        return str(getattr(world.objects[str(model._meta.model_name)], field)) if model else field

    return "/" + PARAMETER.sub(fill, plain(route)), any(theirs)
