"""Where a kind is not offered here, nobody can choose it, and what exists of it says why it cannot send."""

from html import escape

import pytest
from django.test import Client
from pytest_django import Settings

from channels_app import registry
from channels_app.doors.apprise import SWITCHED_OFF
from integrations.models import Integration
from tests.conftest import Cast
from tests.integrations.factories import make_integration

BASE = "/t/ops/integrations/"


@pytest.fixture
def existing(cast: Cast, settings: Settings) -> Integration:
    made = make_integration(cast.team, "apprise", "long tail")
    settings.BELLHOP_APPRISE_SCHEMAS = []
    return made


@pytest.fixture
def member(client: Client, cast: Cast) -> Client:
    client.force_login(cast.member)
    return client


def test_it_is_no_choice_and_has_no_help(member: Client, existing: Integration) -> None:
    for address in (BASE, f"{BASE}new/", f"{BASE}new/?kind=apprise"):
        html = member.get(address).content.decode()
        assert f'href="{BASE}new/?kind=apprise"' not in html
        assert "Look first whether the service has a type of its own here" not in html
        assert escape(registry.kind("slack").spec.setup[0]) in html or "?kind=slack" in html


def test_what_exists_is_listed_and_says_why_it_cannot_send(member: Client, existing: Integration) -> None:
    assert "long tail" in member.get(BASE).content.decode()
    page = member.get(f"{BASE}{existing.pk}/")
    assert SWITCHED_OFF in page.content.decode()

    mask = page.context["draft"].config_form.initial["url"]
    tested = member.post(f"{BASE}{existing.pk}/", {"integration-name": "long tail", "url": mask, "_test": "1"})
    assert SWITCHED_OFF in tested.content.decode()


def test_saving_what_exists_needs_the_operator_first(member: Client, existing: Integration) -> None:
    form = {"integration-name": "renamed", "integration-enabled": "on", "url": "json://remote.example/x", "_save": "1"}

    response = member.post(f"{BASE}{existing.pk}/", form)

    assert response.status_code == 422
    assert SWITCHED_OFF in response.content.decode()
