"""Whoever tries the demo finds the rooms from every page; elsewhere nothing speaks of them."""

import pytest
from django.test import Client

from tests.conftest import Cast

pytestmark = pytest.mark.django_db
ENTRY = "Sandbox chat</a>"


@pytest.mark.urls("tests.demo.urls")
def test_the_persons_menu_leads_to_the_rooms_in_a_demo(client: Client, cast: Cast) -> None:
    client.force_login(cast.member)
    assert f'<a href="/sandbox/">{ENTRY}' in client.get("/me/").content.decode()


def test_the_menu_says_nothing_of_rooms_where_there_is_no_demo(client: Client, cast: Cast) -> None:
    client.force_login(cast.member)
    assert ENTRY not in client.get("/me/").content.decode()
