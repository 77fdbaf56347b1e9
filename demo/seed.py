"""Plants the demo team: people, tests, rules, integrations to the sandbox, and a few days of history."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from alerts import ingest, lifecycle
from alerts.models import Alert, Test
from alerts.services import rules, tests
from demo import chats, credentials, scenery
from demo.credentials import Login
from demo.sandbox.people import ANN
from integrations import services as integrations
from integrations.models import Integration
from teams.access import Actor, actor_for
from teams.models import ApiKey, Role, Team, User
from teams.services import create_api_key, create_team, revoke_api_key

TEAM = "Demo"
EMAIL = "demo@example.com"
KEY_NAME = "demo feed"
NEW_PASSWORD = "(the one you chose)"  # noqa: S105 - said in place of a password that we do not know


def plant(base_url: str, now: datetime) -> Login:
    """The demo team's login, everything made if it is not there. `base_url` is where the sandbox answers."""
    with transaction.atomic():
        login = credentials.load()
        team = Team.objects.filter(name=TEAM).order_by("pk").first()
        if team is None:
            login = Login(EMAIL, secrets.token_urlsafe(12), "", base_url)
            team = create_team(TEAM, EMAIL, login.password, now)
            User.objects.filter(email=EMAIL, name="").update(name=ANN.full_name)
            login = replace(login, api_key=_new_key(team, now))
            _furnish(Actor.system(team, via="demo"), base_url, now)
        elif login is None:
            login = _new_login(team, base_url, now)
        elif login.base_url != base_url:
            _point_at(Actor.system(team, via="demo"), base_url, now)
            login = replace(login, base_url=base_url)
        credentials.save(login)
    owner = User.objects.get(email=login.email)
    return login if owner.check_password(login.password) else replace(login, password=NEW_PASSWORD)


def _new_login(team: Team, base_url: str, now: datetime) -> Login:
    """For a team whose saved login is lost."""
    password = secrets.token_urlsafe(12)
    owner = User.objects.get(email=EMAIL)
    owner.set_password(password)
    owner.save(update_fields=["password"])
    _point_at(Actor.system(team, via="demo"), base_url, now)
    return Login(EMAIL, password, _new_key(team, now), base_url)


def _new_key(team: Team, now: datetime) -> str:
    operator = Actor.system(team, via="demo")
    for old in ApiKey.objects.filter(team=team, name=KEY_NAME, revoked_at=None):
        revoke_api_key(operator, old, now)
    return create_api_key(None, team, KEY_NAME, Role.MEMBER, None, now)[1]


def _furnish(actor: Actor, base_url: str, now: datetime) -> None:
    then = now - timedelta(days=3)
    watched = {test.slug: _test(actor, test, then) for test in scenery.TESTS}
    places = {
        name: integrations.create(actor, kind=kind, name=name, config=config, now=then)
        for name, (kind, config) in chats.places(base_url).items()
    }
    chats.connect(User.objects.get(email=EMAIL), places, base_url, now)
    for rule in scenery.RULES:
        linked = {
            "tests": [watched[slug] for slug in rule["tests"]],
            "integrations": [places[name] for name in rule["integrations"]],
        }
        rules.create_rule(actor, {**rule, **linked}, then)
    _remember(actor, now)
    _acknowledge_what_is_open(actor.team, now)


def _test(actor: Actor, watched: scenery.Watched, now: datetime) -> Test:
    fields = {
        "slug": watched.slug,
        "name": watched.name,
        "target": watched.target,
        "interval": watched.interval,
        "labels": dict(watched.labels),
    }
    return tests.create_test(actor, fields, now)


def _point_at(actor: Actor, base_url: str, now: datetime) -> None:
    """Lead the demo's own integrations to where the sandbox is now, and the sandbox to where Bellhop is."""
    places = chats.places(base_url)
    found = {each.name: each for each in Integration.objects.of(actor.team).filter(name__in=places)}
    for name, integration in found.items():
        kind, config = places[name]
        if integration.kind == kind:
            integrations.update(actor, integration, config=config, now=now)
    chats.lead({name: each for name, each in found.items() if each.kind == places[name][0]}, base_url)


def _remember(actor: Actor, now: datetime) -> None:
    points = scenery.history(now)
    while batch := list(islice(points, ingest.MAX_BATCH)):
        ingest.ingest(actor, {"notify": "never", "measurements": batch}, now)


def _acknowledge_what_is_open(team: Team, now: datetime) -> None:
    owner = actor_for(User.objects.get(email=EMAIL), team)
    for alert in Alert.objects.filter(team=team, state="triggered").select_related("team"):
        if owner is not None:
            lifecycle.acknowledge(owner, alert, now)
            lifecycle.note(owner, alert, "A bigger disk is ordered.", now)
