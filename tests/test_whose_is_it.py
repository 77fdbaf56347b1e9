"""Whose is it: every address of the table, as a stranger and as another team's admin, never shows this team's things.

Addresses that are added later are covered by themselves; one with a parameter that OBJECTS does not know fails here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from alerts.models import Alert, AlertEvent, AlertRule, RuleIntegration, Test
from channels_app.words import Severity
from config.public_urls import PROBES, PUBLIC, is_public
from deliveries.models import Delivery
from integrations.models import Integration
from teams import services
from teams.access import Actor
from teams.models import ApiKey, AuditEntry, Membership, Team, User
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.integrations.factories import make_integration

CANARY = "zanzibar"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = {302, 401, 403, 404, 405}


@dataclass(frozen=True)
class World:
    """What the other team has; every text in it that is shown anywhere holds the canary."""

    team: Team
    objects: dict[str, models.Model]

    def fingerprint(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of these kinds, without what every login writes."""
        return {
            name: [{k: v for k, v in row.items() if k != "last_login"} for row in type(each)._default_manager.values()]
            for name, each in self.objects.items()
        }


@pytest.fixture
def world(cast: Cast) -> World:
    team, now = cast.other_team, timezone.now()
    Team.objects.filter(pk=team.pk).update(name=f"Rivals {CANARY}")
    User.objects.filter(pk=cast.outsider.pk).update(name=f"Eve {CANARY}")
    test = make_test(team, "theirs", name=f"Test {CANARY}", target=f"https://{CANARY}.example")
    rule = make_rule(team, [test], name=f"Rule {CANARY}", message=CANARY)
    integration = make_integration(team, name=f"Room {CANARY}")
    RuleIntegration.objects.create(team=team, rule=rule, integration=integration)
    alert = open_alert(rule, test, now - timedelta(minutes=5), Severity.CRITICAL)
    key, _ = services.create_api_key(Actor.system(team), team, f"Key {CANARY}", "admin", None, now)
    rows: list[models.Model] = [test, rule, integration, alert, key, team, cast.outsider]
    rows += [Membership.objects.get(team=team), AuditEntry.objects.filter(team=team).latest("id")]
    rows += [AlertEvent.objects.get(alert=alert), Delivery.objects.get(event__alert=alert)]
    return World(team=team, objects={str(row._meta.model_name): row for row in rows})


# (route, parameter, the model whose row of the other team it names and the field it names it by); the first fits.
# A model of None: the parameter names nobody's things, and the field is the value.
OBJECTS: tuple[tuple[str, str, type[models.Model] | None, str], ...] = (
    (r"reset/", "uidb64|token", None, "MQ"),
    (r"t/", "team_slug", Team, "slug"),
    (r"t/.*/(views|tests)/", "slug", Test, "slug"),
    (r"t/.*/alerts/", "number", Alert, "number"),
    (r"t/.*/rules/", "pk|rule_id", AlertRule, "pk"),
    (r"t/.*/integrations/", "pk|integration_id", Integration, "pk"),
    (r"t/.*/deliveries/", "pk|delivery_id", Delivery, "pk"),
    (r"api/v1/tests/", "slug", Test, "slug"),
    (r"api/v1/rules/", "pk", AlertRule, "pk"),
    (r"api/v1/alerts/", "id", Alert, "number"),
    (r"api/v1/integrations/", "pk", Integration, "pk"),
    (r"api/v1/deliveries/", "pk", Delivery, "pk"),
    (r"admin/deliveries/.*(number|for-alert)", "number", Alert, "number"),
    (r"admin/r/", "content_type_id", None, "1"),
    (r"admin/r/", "object_id", Team, "pk"),
    (r"admin/teams/auditentry/", "object_id", AuditEntry, "pk"),
    (r"admin/teams/apikey/", "object_id", ApiKey, "pk"),
    (r"admin/teams/membership/", "object_id", Membership, "pk"),
    (r"admin/teams/team/", "object_id", Team, "pk"),
    (r"admin/teams/user/", "object_id", User, "pk"),
    (r"admin/integrations/integration/", "object_id", Integration, "pk"),
    (r"admin/alerts/alert/", "object_id", Alert, "pk"),
    (r"admin/alerts/alertrule/", "object_id", AlertRule, "pk"),
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


def faults(response: Any, allowed: set[int] | None = None) -> list[str]:
    found = [] if allowed is None or response.status_code in allowed else [f"status {response.status_code}"]
    if response.status_code >= 500:
        found.append(f"status {response.status_code}")
    shown = "" if response.streaming else response.content.decode(errors="replace")
    if CANARY in shown + str(response.headers):
        found.append("shows the canary")
    return found


def send(client: Client, method: str, path: str) -> Any:
    body = {} if method == "GET" else {"data": "{}", "content_type": "application/json"}
    return client.generic(method, path, **body)  # type: ignore[arg-type]


def test_every_parameter_of_the_url_table_is_known() -> None:
    unknown = [
        (route, name) for route in routes() for name in PARAMETER.findall(plain(route)) if not known(route, name)
    ]

    assert not unknown, "add rows to OBJECTS, so that these addresses are tried with another team's things"


def test_every_row_of_the_public_table_is_a_real_address(db: None) -> None:
    table = routes()

    stale = [row.route for row in PUBLIC if row not in PROBES and not any(row.covers(route) for route in table)]

    assert not stale
    assert all(row.why for row in PUBLIC)
    for probe in PROBES:
        assert Client().get(f"/{probe.route}", headers={"Host": "any"}).status_code == 200


def test_the_world_really_shows_the_canary_to_its_own_people(world: World, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.outsider)
    api = ApiClient(key_of(world.team, "viewer"))

    shown = [client.get("/t/rivals/team/")]
    shown += [api.get(f"/api/v1/{noun}/") for noun in ("tests", "rules", "integrations")]

    assert all(CANARY in response.content.decode() for response in shown)


def test_a_stranger_is_sent_to_the_login_or_refused_everywhere(world: World) -> None:
    stranger, before, found = Client(), world.fingerprint(), []
    for route in routes():
        path, _ = address(route, world)
        for method in METHODS:
            stranger.cookies.clear()
            response = send(stranger, method, path)
            wrong = faults(response, None if is_public(route) else REFUSED)
            to = response.headers.get("Location", "/login/")
            if not is_public(route) and not to.startswith("/login/"):
                wrong.append(f"leads to {to}")
            found += [f"{method} {path}: {each}" for each in wrong]

    assert not found
    assert world.fingerprint() == before


def test_another_teams_admin_finds_nothing_at_any_address(world: World, cast: Cast) -> None:
    client, before, found = Client(), world.fingerprint(), []
    for route in routes():
        if route.startswith(("api/", "^api/")):
            continue
        path, theirs = address(route, world)
        for method in ("GET", "POST"):
            client.cookies.clear()
            client.force_login(cast.owner)
            response = send(client, method, path)
            wrong = faults(response, REFUSED if theirs and not is_public(route) else None)
            if response.status_code == 302 and response.headers["Location"].startswith("/"):
                wrong += faults(client.get(response.headers["Location"]))
            found += [f"{method} {path}: {each}" for each in wrong]

    assert not found
    assert world.fingerprint() == before


def test_another_teams_things_are_not_below_ones_own_team_either(world: World, cast: Cast) -> None:
    client, found = Client(), []
    client.force_login(cast.owner)
    for route in routes():
        names = PARAMETER.findall(plain(route))
        if route.startswith("t/") and len(names) > 1:
            path = address(route, world)[0].replace(f"/t/{world.team.slug}/", "/t/ops/", 1)
            found += [
                f"{method} {path}: {w}"
                for method in ("GET", "POST")
                for w in faults(send(client, method, path), {404, 405})
            ]

    assert not found


def test_another_teams_key_finds_nothing_at_any_call(world: World, cast: Cast) -> None:
    api, before, found = ApiClient(key_of(cast.team, "admin")), world.fingerprint(), []
    for route in (route for route in routes() if route.startswith("api/")):
        path, theirs = address(route, world)
        for method in METHODS:
            response = send(api, method, path)
            found += [f"{method} {path}: {each}" for each in faults(response, {400, 404, 405} if theirs else None)]
            if theirs and response.content != send(api, method, address(route, world, nobodys=True)[0]).content:
                found.append(f"{method} {path}: differs from what nobody has")

    assert not found
    after = world.fingerprint()
    assert {name: rows for name, rows in after.items() if name != "apikey"} == {
        name: rows for name, rows in before.items() if name != "apikey"
    }


def test_a_content_type_of_the_admin_reveals_nothing(world: World, cast: Cast) -> None:
    client, found = Client(), []
    client.force_login(cast.owner)
    for each in world.objects.values():
        kind = ContentType.objects.get_for_model(type(each))
        found += faults(client.get(f"/admin/r/{kind.pk}/{each.pk}/"), {404})

    assert not found
