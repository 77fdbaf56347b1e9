"""Fills the team of the database under test, past the services, in large statements; for `manage.py shell`.

Test n of a fleet has the slug `<fleet>-<n>`, a rule of its own, and the n-th Slack integration of its fleet, round and
round; none where no URLs are.
"""

import json
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import TypedDict

from django.db import connection, transaction
from django.utils import timezone

from alerts.models import AlertRule, Condition, RuleIntegration, RuleState, RuleTest, Test
from bench.mountain import insert
from channels_app.registry import kind
from integrations import vault
from integrations.models import Health, Integration
from teams.models import Team


class Fleet(TypedDict):
    """How many tests with a rule each, and where their integrations post."""

    count: int
    urls: list[str]


FURNISHED = (Test, AlertRule, Condition, RuleTest, RuleState, Integration, Health, RuleIntegration)


def furnish(plan: str) -> None:
    """Furnish the one team that there is with the fleets in the JSON file `plan`: {name: Fleet}."""
    fleets: dict[str, Fleet] = json.loads(Path(plan).read_text())
    with transaction.atomic():
        team, now = Team.objects.get(), timezone.now()
        for name, fleet in fleets.items():
            _furnish(team, name, fleet, now)
    with connection.cursor() as cursor:  # as PostgreSQL does by itself within a minute
        for model in FURNISHED:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def _furnish(team: Team, name: str, fleet: Fleet, now: datetime) -> None:
    slugs = [f"{name}-{n}" for n in range(fleet["count"])]
    tests = insert(Test(team=team, slug=slug, name=f"Test {slug}", created_at=now) for slug in slugs)
    rules = insert(AlertRule(team=team, name=f"Rule {slug}", created_at=now) for slug in slugs)
    pairs = list(zip(rules, tests, strict=True))
    insert(Condition(rule=rule, metric="load", operator=">", threshold=5) for rule in rules)
    insert(RuleTest(team=team, rule=rule, test=test) for rule, test in pairs)
    insert(RuleState(rule=rule, test=test, last_received_at=now) for rule, test in pairs)
    places = insert(_place(team, f"{name} {n}", url) for n, url in enumerate(fleet["urls"]))
    insert(Health(integration=place) for place in places)
    if places:
        told = zip(rules, cycle(places), strict=False)
        insert(RuleIntegration(team=team, rule=rule, integration=place) for rule, place in told)


def _place(team: Team, name: str, url: str) -> Integration:
    spec, config = kind("slack").spec, {"url": url}
    row = Integration(team=team, kind="slack", name=name)
    row.sealed = vault.seal(team.pk, row.uid, config)
    row.rate_key = vault.keyed_hash(f"slack:{spec.rate_key(spec.settings(config))}")
    return row
