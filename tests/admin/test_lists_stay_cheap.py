"""A page asks the database the same number of questions however much there is to show."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.models import AlertRule, Test
from integrations.models import Integration
from teams import audit
from teams.access import Actor
from tests.admin.conftest import World, make_half, with_team

Enter = Callable[..., Client]
MOST_QUERIES = 25

PAGES = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in with_team()] + [
    "/admin/",
    "/admin/integrations/integration/configure/?_popup=1",
    "/admin/alerts/alertrule/ticks/",
]


@pytest.mark.parametrize("url", PAGES)
def test_more_rows_cost_no_more_queries(url: str, world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)
    client.get(url, follow=True)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url, follow=True)
    for mark in ("Second", "Third", "Fourth"):
        make_half(world.mine.team, world.mine.user, mark)
        audit.record(Actor.system(world.mine.team), "team.changed", world.mine.team)

    with CaptureQueriesContext(connection) as many:
        client.get(url, follow=True)

    assert len(many) == len(few)
    assert len(many) <= MOST_QUERIES


@pytest.mark.parametrize("model", [AlertRule, Integration, Test])
def test_archived_rows_are_not_listed(model: type, world: World, enter: Enter) -> None:
    row = world.mine.of(model)
    type(row).objects.filter(pk=row.pk).update(archived_at=timezone.now())
    client = enter(world.cast.owner)

    page = client.get(f"/admin/{row._meta.app_label}/{row._meta.model_name}/")

    assert row not in page.context["cl"].result_list
