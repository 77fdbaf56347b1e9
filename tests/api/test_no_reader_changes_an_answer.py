"""An answer of the API depends on the key alone: who is logged in, and where they read, changes nothing."""

import pytest
from pytest_django import DjangoAssertNumQueries

from teams.readers import ZONE_COOKIE
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.integrations.factories import make_integration

INTEGRATIONS = "/api/v1/integrations/"
pytestmark = pytest.mark.django_db


def test_times_are_utc_wherever_the_reader_is(cast: Cast) -> None:
    make_integration(cast.team)
    client = ApiClient(key_of(cast.team))
    client.cookies[ZONE_COOKIE] = "Asia/Tokyo"

    (place,) = client.get(INTEGRATIONS).json()["results"]

    assert place["created_at"].endswith("Z")


def test_a_login_in_the_browser_is_not_looked_up(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = ApiClient(key_of(cast.team))
    client.get(INTEGRATIONS)
    client.force_login(cast.owner)

    with django_assert_num_queries(2):  # the key, the list
        response = client.get(INTEGRATIONS)

    assert "Cookie" not in response.headers.get("Vary", "")
