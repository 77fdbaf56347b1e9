"""Type first, then exactly that type's fields; Test before and after saving; secrets go in and never come out."""

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from channels_app import registry
from integrations import services
from integrations.models import Integration
from integrations.selectors import settings_of
from integrations.vault import unseal
from teams.access import Actor
from tests.admin.conftest import World
from tests.deliveries.stage import rule_for
from tests.integrations.browsing import fields_after
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

Enter = Callable[..., Client]
ADD = "/admin/integrations/integration/add/"


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Receiver() as running:
        yield running


def slack_form(url: str, name: str = "ops", **fields: Any) -> dict[str, Any]:
    own = {"integration-kind": "slack", "integration-name": name, "integration-enabled": "on"}
    return {**own, "url": url, "channel": "#ops", **fields}


def change(integration: Integration) -> str:
    return reverse("admin:integrations_integration_change", args=[integration.pk])


def test_the_type_comes_first(world: World, enter: Enter) -> None:
    page = enter(world.cast.member).get(ADD).content.decode()

    for kind in registry.kinds():
        assert f"?kind={kind.spec.kind}" in page
        assert escape(kind.spec.summary) in page
    assert 'name="_save"' not in page


@pytest.mark.parametrize("kind", [kind.spec.kind for kind in registry.kinds()])
def test_then_come_exactly_that_types_fields(kind: str, world: World, enter: Enter) -> None:
    page = enter(world.cast.member).get(ADD, {"kind": kind}).content.decode()

    fields = re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', page.split("bh-type")[1].split("</form>")[0])
    spec = registry.kind(kind).spec
    assert fields == ["integration-name", "integration-enabled", *spec.form.base_fields, *fields_after(spec)]
    for step in spec.setup:
        assert escape(step) in page


def test_test_before_saving_posts_what_is_typed_and_stores_nothing(
    world: World, enter: Enter, receiver: Receiver
) -> None:
    before = Integration.objects.count()

    page = enter(world.cast.member).post(ADD, slack_form(f"{receiver.url}/services/T/B/abc", _test="1"))

    assert "The test message was accepted: status 200" in page.content.decode()
    assert [request.path for request in receiver.received] == ["/services/T/B/abc"]
    assert Integration.objects.count() == before


def test_a_failed_test_shows_the_remotes_status_and_words(world: World, enter: Enter, receiver: Receiver) -> None:
    receiver.default = Answer(404, b"no_service")

    page = enter(world.cast.member).post(ADD, slack_form(f"{receiver.url}/services/T/B/abc", _test="1"))

    html = page.content.decode()
    assert "The test message was not accepted: status 404" in html
    assert "no_service" in html


def test_saving_seals_the_secret_and_no_page_shows_it_again(world: World, enter: Enter) -> None:
    client, url = enter(world.cast.member), "https://hooks.slack.com/services/T9/B9/verysecretsecretsecret"

    answer = client.post(ADD, slack_form(url, _save="1"))

    assert answer.status_code == 302
    saved = Integration.objects.get(name="ops", team=world.mine.team)
    assert settings_of(saved).url == url  # type: ignore[attr-defined]
    for page in (change(saved), answer["Location"], f"{change(saved)[:-7]}history/", "/admin/"):
        assert "verysecret" not in client.get(page).content.decode()


def test_saving_the_mask_back_keeps_the_secret(world: World, enter: Enter) -> None:
    client, integration = enter(world.cast.member), world.mine.integration
    stored = unseal(integration)
    form = client.get(change(integration)).context["draft"].config_form
    masked = form.initial["url"]
    assert "•" in masked

    client.post(change(integration), {"integration-name": "renamed", "url": masked, "channel": "#new", "_save": "1"})

    integration.refresh_from_db()
    assert unseal(integration) == {**stored, "channel": "#new"}
    assert (integration.name, integration.enabled) == ("renamed", False)


def test_test_after_saving_uses_what_is_stored_and_is_remembered(
    world: World, enter: Enter, receiver: Receiver
) -> None:
    client = enter(world.cast.member)
    saved = make_integration(world.mine.team, name="live", config={"url": f"{receiver.url}/services/T/B/keep"})
    masked = client.get(change(saved)).context["draft"].config_form.initial["url"]

    page = client.post(
        change(saved), {"integration-name": "live", "integration-enabled": "on", "url": masked, "_test": "1"}
    )

    assert "The test message was accepted" in page.content.decode()
    assert receiver.received[0].path == "/services/T/B/keep"
    saved.health.refresh_from_db()
    assert saved.health.last_test_ok is True


def test_a_kept_secret_is_not_sent_to_a_new_host(world: World, enter: Enter, receiver: Receiver) -> None:
    client = enter(world.cast.member)
    config = {"server": "https://hipchat.example.org", "room": "1", "token": "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCd"}
    saved = make_integration(world.mine.team, "hipchat", "room", config=config)
    masked = client.get(change(saved)).context["draft"].config_form.initial["token"]
    stolen = {"integration-name": "room", "server": receiver.url, "room": "1", "token": masked}

    for button in ("_test", "_save"):
        page = client.post(change(saved), {**stolen, button: "1"})
        assert "enter this again" in page.content.decode()

    assert receiver.received == []
    assert unseal(saved)["server"] == "https://hipchat.example.org"


def test_wrong_fields_are_named_and_the_rest_stays_typed(world: World, enter: Enter) -> None:
    page = enter(world.cast.member).post(ADD, slack_form("https://hipchat.com/v2/room/1", name="kept", _save="1"))

    draft = page.context["draft"]
    assert "choose the type HipChat" in str(draft.config_form.errors["url"])
    html = page.content.decode()
    assert 'value="kept"' in html
    assert 'value="#ops"' in html


def test_an_empty_name_is_refused_at_the_name(world: World, enter: Enter) -> None:
    page = enter(world.cast.member).post(ADD, slack_form("https://hooks.slack.com/services/T/B/a", name="", _save="1"))

    assert "1 to 100 characters" in str(page.context["draft"].basics.errors["name"])


def test_an_unreadable_integration_says_so_and_can_be_entered_anew(world: World, enter: Enter) -> None:
    client, integration = enter(world.cast.member), world.mine.integration
    Integration.objects.filter(pk=integration.pk).update(sealed=world.theirs.integration.sealed)

    assert "cannot be read any more" in client.get(change(integration)).content.decode()
    client.post(change(integration), slack_form("https://hooks.slack.com/services/T/B/fresh", _save="1"))

    integration.refresh_from_db()
    assert unseal(integration)["url"] == "https://hooks.slack.com/services/T/B/fresh"


def test_in_the_popup_a_new_integration_is_told_to_the_tab_behind(world: World, enter: Enter) -> None:
    client = enter(world.cast.member)

    answer = client.post(f"{ADD}?kind=slack&_popup=1", slack_form("https://hooks.slack.com/services/T/B/a", _save="1"))

    saved = Integration.objects.get(name="ops", team=world.mine.team)
    page = client.get(answer["Location"]).content.decode()
    assert f'data-tell-opener="{saved.pk}"' in page
    assert "ticked for the rule" in page
    assert "Add New Integration" in page


def test_removing_says_which_rules_lose_it(world: World, enter: Enter) -> None:
    client, integration = enter(world.cast.member), world.mine.integration
    url = reverse("admin:integrations_integration_delete", args=[integration.pk])

    assert "These rules no longer tell it: Own rule." in client.get(url).content.decode()
    client.post(url)

    integration.refresh_from_db()
    assert integration.archived_at is not None
    assert client.get(change(integration)).status_code == 404


def test_the_built_in_mail_integration_is_not_listed(world: World, enter: Enter) -> None:
    builtin = Integration.objects.get(team=world.mine.team, builtin=True)
    client = enter(world.cast.owner)

    assert client.get(change(builtin)).status_code == 404
    assert f"/{builtin.pk}/change/" not in client.get("/admin/integrations/integration/").content.decode()
    assert client.get("/admin/integrations/integration/configure/").context["rows"][0][0] == world.mine.integration


def test_a_draft_of_another_teams_form_is_not_saved(world: World, enter: Enter) -> None:
    client = enter(world.both, world.mine.team)
    before = Integration.objects.count()

    page = client.post(
        ADD, slack_form("https://hooks.slack.com/services/T/B/a", _save="1", _team=world.theirs.team.slug)
    )

    assert "opened for another team" in page.content.decode()
    assert Integration.objects.count() == before


def test_the_page_says_which_rules_tell_it_and_removing_it_which_would_tell_nobody(world: World, enter: Enter) -> None:
    integration, client = world.mine.integration, enter(world.cast.member)
    rule_for(world.mine.team, test=world.mine.test, name="By default", recipients=["ann@example.com"])
    rule_for(world.mine.team, integration, test=world.mine.test, name="Alone", only_these=True)
    services.update(Actor.system(world.mine.team), integration, used_by_default=True, now=timezone.now())
    base = f"/admin/integrations/integration/{integration.pk}"

    beside = client.get(f"{base}/change/").content.decode().split("Used by these rules")[1]
    asked = client.get(f"{base}/delete/").content.decode()

    assert re.search(r"By default\s*<span class=\"bh-soft\">by default</span>", beside)
    assert "Alone" in beside
    assert "These rules no longer tell it: Alone, By default" in asked
    assert "These rules now tell nobody: Alone." in asked
