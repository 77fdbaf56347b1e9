"""Lists come in pages that rows added meanwhile do not shift."""

from typing import Any

import pytest
from pytest_django import Settings

from teams import audit
from teams.access import Actor
from teams.models import AuditEntry
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast

ENTRIES, OLDEST = "/api/v1/entries/", "/api/v1/oldest/"


@pytest.fixture
def client(cast: Cast, settings: Settings) -> ApiClient:
    settings.ROOT_URLCONF = "tests.api.echo"
    client = ApiClient(key_of(cast.team))
    AuditEntry.objects.all().delete()
    return client


def add(cast: Cast, *numbers: int) -> None:
    for number in numbers:
        audit.record(Actor.system(cast.team), f"act.{number}", cast.team)


def actions(page: Any) -> list[str]:
    return [entry["action"] for entry in page["results"]]


def walk(client: ApiClient, path: str) -> list[str]:
    seen: list[str] = []
    address: str | None = path
    while address:
        page = client.get(address).json()
        seen += actions(page)
        address = page["next"]
    return seen


def test_pages_lead_through_everything_once(client: ApiClient, cast: Cast) -> None:
    add(cast, *range(7))

    assert walk(client, f"{ENTRIES}?page_size=3") == [f"act.{n}" for n in (6, 5, 4, 3, 2, 1, 0)]
    assert walk(client, f"{OLDEST}?page_size=3") == [f"act.{n}" for n in range(7)]


def test_what_is_added_meanwhile_shifts_nothing(client: ApiClient, cast: Cast) -> None:
    add(cast, *range(4))
    first = client.get(f"{ENTRIES}?page_size=2").json()

    add(cast, 4, 5)

    second = client.get(first["next"]).json()
    assert actions(first) + actions(second) == ["act.3", "act.2", "act.1", "act.0"]
    assert second["next"] is None
    assert actions(client.get(second["previous"]).json()) == ["act.3", "act.2"]


def test_an_empty_list_is_an_empty_page(client: ApiClient) -> None:
    assert client.get(ENTRIES).json() == {"results": [], "next": None, "previous": None}


@pytest.mark.parametrize("size", ["0", "-1", "1001", "ten", "1.5", "", "9" * 5000, "²"])
def test_an_impossible_page_size_is_refused_by_name(client: ApiClient, size: str) -> None:
    response = client.get(ENTRIES, {"page_size": size})

    assert response.status_code == 400
    assert response.json()["errors"] == {"page_size": ["This must be a whole number from 1 to 1000."]}


@pytest.mark.parametrize("cursor", ["x", "cD1hYmM=", "cj1h"])
def test_a_cursor_that_is_none_is_refused(client: ApiClient, cast: Cast, cursor: str) -> None:
    add(cast, 1)

    response = client.get(f"{ENTRIES}?cursor={cursor}")

    assert response.status_code == 400
    assert response.json()["errors"] == {"cursor": ["This is no cursor of this list; follow its `next`."]}


def test_a_cursor_beyond_all_numbers_is_no_error(client: ApiClient, cast: Cast) -> None:
    add(cast, 1)

    assert client.get(f"{ENTRIES}?cursor=cD05OTk5OTk5OTk5OTk5OTk5OTk5OQ==").status_code == 200
