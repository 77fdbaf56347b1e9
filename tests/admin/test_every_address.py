"""Every address of the admin, generated from the URL table: as a page, a popup, a search and a wrong input."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.addresses import World as Things
from tests.addresses import address, routes
from tests.admin.conftest import CANARY, Half, World, registered

Enter = Callable[..., Client]
# Looks for what holds the canary without holding it itself.
PART_OF_IT = CANARY[1:-1]
QUERIES: tuple[dict[str, str], ...] = ({}, {"_popup": "1", "q": PART_OF_IT})


def addresses(half: Half) -> list[str]:
    """The admin's addresses, filled with a team's things. Logging out would end the walk."""
    things = Things(half.team, {str(model._meta.model_name): half.of(model) for model in registered()})
    return [address(route, things)[0] for route in routes() if route.startswith("admin/") and "logout" not in route]


def wrong_input(foreign: Half) -> dict[str, Any]:
    """The other team's ids in every field that names something, and nothing in those that must be filled."""
    names = ("tests", "integrations", "rule", "test", "alert", "integration", "user", "maker", "team", "delivery")
    return {
        **dict.fromkeys(names, foreign.test.pk),
        "_selected_action": foreign.rule.pk,
        "assign-to": foreign.user.pk,
        "to": foreign.user.pk,
        "email": "",
        "name": "",
        "conditions-TOTAL_FORMS": 1,
        "conditions-INITIAL_FORMS": 1,
        "conditions-0-id": foreign.rule.conditions.get().pk,
    }


def telling(client: Client, paths: list[str], foreign: Half) -> list[str]:
    """The requests whose answers hold a word of the other team."""
    found = []
    for path in paths:
        answers = {f"GET {path} {query}": client.get(path, query) for query in QUERIES}
        answers[f"POST {path} with foreign ids"] = client.post(path, wrong_input(foreign))
        found += [
            what for what, answer in answers.items() if answer.status_code == 500 or CANARY.lower() in text(answer)
        ]
    return found


def text(answer: Any) -> str:
    body: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return (body.decode(errors="replace") + str(answer.headers)).lower()


def test_no_address_tells_of_another_team(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)

    assert telling(client, addresses(world.mine), world.theirs) == []
    assert telling(client, addresses(world.theirs), world.theirs) == []


def test_right_after_a_membership_ends_no_address_tells_of_the_team(world: World, enter: Enter) -> None:
    client, paths = enter(world.both, world.theirs.team), addresses(world.theirs)
    assert sum(CANARY.lower() in text(client.get(path)) for path in paths) > 10

    world.both.memberships.filter(team=world.theirs.team).delete()

    assert telling(client, paths, world.theirs) == []


@pytest.mark.parametrize("what", ["test", "rule", "integration"])
def test_before_something_is_archived_own_rows_only_are_named(what: str, world: World, enter: Enter) -> None:
    row = getattr(world.mine, what)

    page = enter(world.cast.owner).get(
        reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_delete", args=[row.pk])
    )

    assert page.status_code == 200
    assert f"Own {what if what != 'integration' else 'room'}" in page.content.decode()
    assert CANARY.lower() not in text(page)
