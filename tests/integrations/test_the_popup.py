"""The popup: everything about integrations happens in one dialog, and the tab behind it hears of it."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from channels_app import registry
from integrations.models import Integration
from integrations.vault import unseal
from tests.conftest import Cast
from tests.integrations.browsing import (
    BASE,
    CANARY,
    CANARY_URL,
    IN_POPUP,
    TOKEN,
    enter,
    fields_after,
    masked,
    slack,
    tell,
)
from tests.integrations.factories import HIPCHAT, make_integration
from tests.servers.http import Answer, Receiver

POPUP = f"{BASE}popup/"


@pytest.fixture
def client(cast: Cast) -> Client:
    return enter(cast.member)


def said(response: Any) -> dict[str, Any]:
    return dict(json.loads(response.headers.get("HX-Trigger", "{}")))


def test_an_empty_popup_says_what_to_add(client: Client) -> None:
    html = client.get(POPUP, headers=IN_POPUP).content.decode()

    assert "There are no integrations yet" in html
    assert "Add New Integration" in html
    assert "<html" not in html


def test_the_popup_lists_what_the_team_has_with_names_for_every_button(client: Client, cast: Cast) -> None:
    room = make_integration(cast.team, name="ops room")
    tell(room, "Slow")
    make_integration(cast.other_team, name="theirs")

    html = client.get(POPUP, headers=IN_POPUP).content.decode()

    assert '<h2 id="dialog-title" tabindex="-1">' in html
    for word in ("Slack", "ops room", "#ops", "Not tried yet", "1 rule"):
        assert word in html
    for label in ("Test ops room", "Edit ops room", "Delete ops room", "Enabled: ops room"):
        assert f'aria-label="{label}"' in html
    assert "theirs" not in html


def test_the_popup_stays_out_of_the_address_bar(client: Client, cast: Cast) -> None:
    room = make_integration(cast.team)

    for address in (POPUP, f"{BASE}new/", f"{BASE}new/?kind=slack", f"{BASE}{room.pk}/", f"{BASE}{room.pk}/delete/"):
        assert client.get(address, headers=IN_POPUP)["HX-Push-Url"] == "false"


def test_a_search_in_the_popup_stays_in_it(client: Client, cast: Cast) -> None:
    tell(make_integration(cast.team, name="ops room"), "Slow")

    headers = {"HX-Request": "true", "HX-Target": "integrations-found"}
    html = client.get(POPUP, {"q": "ops"}, headers=headers).content.decode()

    assert "Edit ops room" in html
    assert "/t/ops/rules/" not in html


def test_without_scripts_the_popup_is_the_page(client: Client) -> None:
    assert client.get(POPUP)["Location"] == BASE


def test_the_type_comes_first_then_exactly_that_types_fields(client: Client) -> None:
    choice = client.get(f"{BASE}new/", headers=IN_POPUP).content.decode()

    for kind in registry.kinds():
        assert f"?kind={kind.spec.kind}" in choice
        html = client.get(f"{BASE}new/", {"kind": kind.spec.kind}, headers=IN_POPUP).content.decode()
        fields = re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', html)
        own = ["csrfmiddlewaretoken", "integration-kind", "integration-name", "integration-enabled"]
        assert fields == [*own, *kind.spec.form.base_fields, *fields_after(kind.spec)]
        assert kind.spec.setup[0].split("'")[0] in html


def test_saving_leads_back_to_the_list_and_the_tab_behind_hears_of_the_new_one(client: Client, cast: Cast) -> None:
    response = client.post(f"{BASE}new/", slack(_save="1"), headers=IN_POPUP)

    saved = Integration.objects.get(team=cast.team)
    assert said(response)["integrations-changed"] == {"saved": saved.pk}
    assert said(response)["notice"]["text"] == "ops room is saved."
    assert "Edit ops room" in response.content.decode()


def test_an_edited_one_is_told_without_being_ticked_anew(client: Client, cast: Cast) -> None:
    room = make_integration(cast.team)
    form = slack(masked(client, room, "url"), "renamed", _save="1")

    response = client.post(f"{BASE}{room.pk}/", form, headers=IN_POPUP)

    assert said(response)["integrations-changed"] == {"saved": None}
    assert "Edit renamed" in response.content.decode()


def test_errors_stand_at_their_fields_and_the_first_gets_the_focus(client: Client) -> None:
    response = client.post(f"{BASE}new/", slack("https://hipchat.com/v2/room/1", _save="1"), headers=IN_POPUP)

    html = response.content.decode()
    assert response.status_code == 422
    assert "choose the type HipChat" in html
    assert 'value="ops room"' in html
    assert 'value="#ops"' in html
    focused = re.findall(r"<[^>]*autofocus[^>]*>", html)
    assert len(focused) == 1
    assert 'name="url"' in focused[0]
    assert 'aria-invalid="true"' in focused[0]
    assert not Integration.objects.exists()


def test_a_pasted_notification_url_is_split_before_anything_is_saved(client: Client) -> None:
    url = f"https://hipchat.example.org/v2/room/Ops%20Room/notification?auth_token={TOKEN}"
    form = {"integration-kind": "hipchat", "integration-name": "", "url": url, "_parts": "1"}

    response = client.post(f"{BASE}new/", form, headers=IN_POPUP)

    shown = response.context["draft"].config_form.initial
    assert response.status_code == 200
    assert (shown["url"], shown["server"], shown["room"]) == (None, "https://hipchat.example.org", "Ops Room")
    assert shown["token"] == TOKEN
    assert "taken apart" in said(response)["notice"]["text"]
    assert not Integration.objects.exists()


def test_what_is_no_such_url_is_left_as_typed(client: Client) -> None:
    form = {"integration-kind": "hipchat", "integration-name": "x", "url": "words", "room": "7", "_parts": "1"}

    response = client.post(f"{BASE}new/", form, headers=IN_POPUP)

    shown = response.context["draft"].config_form.initial
    assert (shown["url"], shown["room"]) == ("words", "7")
    assert said(response) == {}


def test_test_before_saving_shows_the_remotes_answer_in_place(client: Client, receiver: Receiver) -> None:
    receiver.default = Answer(404, b"no_service")

    response = client.post(f"{BASE}new/", slack(f"{receiver.url}/services/T/B/abc", _test="1"), headers=IN_POPUP)

    html = response.content.decode()
    assert response.status_code == 200
    assert "The test message was not accepted: status 404" in html
    assert "no_service" in html
    assert not Integration.objects.exists()


def test_test_in_the_list_answers_in_its_row(client: Client, cast: Cast, receiver: Receiver) -> None:
    room = make_integration(cast.team, config={"url": f"{receiver.url}/services/T/B/abc", "channel": "#ops"})

    html = client.post(f"{BASE}{room.pk}/test/", headers={"HX-Request": "true"}).content.decode()

    assert "The test message was accepted: status 200" in html
    assert f'<span id="health-{room.pk}" hx-swap-oob="true">' in html
    assert "Test passed" in html


def test_too_many_tests_are_refused_kindly(client: Client, cast: Cast, receiver: Receiver) -> None:
    room = make_integration(cast.team, config={"url": f"{receiver.url}/services/T/B/abc"})

    answers = [client.post(f"{BASE}{room.pk}/test/", headers={"HX-Request": "true"}) for _ in range(7)]

    assert [each.status_code for each in answers] == [200] * 6 + [429]
    assert "Try again in" in answers[-1].content.decode()
    assert len(receiver.received) == 6


def test_a_test_that_came_too_often_leaves_what_was_typed(client: Client, receiver: Receiver) -> None:
    form = slack(f"{receiver.url}/services/T/B/abc", _test="1")

    last = [client.post(f"{BASE}new/", form, headers=IN_POPUP) for _ in range(7)][-1]

    assert last.status_code == 422
    assert "Try again in" in last.content.decode()
    assert 'value="ops room"' in last.content.decode()


def test_the_switch_acts_at_once_and_says_so(client: Client, cast: Cast) -> None:
    room = make_integration(cast.team, name="ops room")
    tell(room, "Slow")

    off = client.post(f"{BASE}{room.pk}/enabled/", {"enabled": "0"}, headers={"HX-Request": "true"})

    room.refresh_from_db()
    assert room.enabled is False
    assert 'aria-checked="false"' in off.content.decode()
    assert "Switched off" in off.content.decode()
    assert said(off)["notice"] == {
        "text": "ops room is switched off: nothing is sent there. These rules now tell nobody: Slow.",
        "tone": "warning",
    }
    on = client.post(f"{BASE}{room.pk}/enabled/", {"enabled": "1"}, headers={"HX-Request": "true"})
    assert said(on)["notice"]["text"] == "ops room is switched on."


def test_deleting_says_before_and_after_who_loses_it(client: Client, cast: Cast) -> None:
    room, other = make_integration(cast.team, name="ops room"), make_integration(cast.team, name="other")
    tell(room, "Lonely")
    shared = tell(room, "Shared")
    shared.integration_links.create(team=cast.team, integration=other)
    tell(room, "Mailed", recipients=["ann@example.com"])

    asked = client.get(f"{BASE}{room.pk}/delete/", headers=IN_POPUP).content.decode()

    assert "3 rules use it and no longer tell it" in asked
    assert all(name in asked for name in ("Lonely", "Shared", "Mailed"))
    assert "1 rule is left with nobody to tell" in asked
    assert "will not be sent" in asked
    done = client.post(f"{BASE}{room.pk}/delete/", headers=IN_POPUP)
    assert said(done)["notice"]["text"] == "ops room is deleted. These rules now tell nobody: Lonely."
    assert said(done)["integrations-changed"] == {"saved": None}
    room.refresh_from_db()
    assert room.archived_at is not None


def test_a_kept_secret_is_not_sent_to_a_new_host(client: Client, cast: Cast, receiver: Receiver) -> None:
    room = make_integration(cast.team, "hipchat", "room")
    stolen = {"integration-name": "room", "server": receiver.url, "room": "1", "token": masked(client, room, "token")}

    for button in ("_test", "_save"):
        response = client.post(f"{BASE}{room.pk}/", {**stolen, button: "1"}, headers=IN_POPUP)
        assert response.status_code == 422
        assert "enter this again" in response.content.decode()

    assert receiver.received == []
    assert unseal(room) == {**unseal(room), **HIPCHAT}


@pytest.mark.parametrize("kind", [each.spec.kind for each in registry.kinds()])
def test_getting_a_form_and_saving_it_unchanged_keeps_everything(client: Client, cast: Cast, kind: str) -> None:
    room = make_integration(cast.team, kind)
    before = unseal(room)
    draft = client.get(f"{BASE}{room.pk}/", headers=IN_POPUP).context["draft"]
    form = {"integration-name": room.name, "integration-enabled": "on", "_save": "1"}
    form |= {bound.name: bound.value() for bound in draft.config_form if bound.value() not in (None, False)}

    assert client.post(f"{BASE}{room.pk}/", form, headers=IN_POPUP).status_code == 200

    assert unseal(Integration.objects.get(pk=room.pk)) == before


def test_a_stored_secret_is_in_no_answer_whatever_is_asked(client: Client, cast: Cast) -> None:
    room = make_integration(cast.team, config={"url": CANARY_URL, "channel": "#ops"})
    one, kept = f"{BASE}{room.pk}/", slack(masked(client, room, "url"), _save="1")
    read = [POPUP, BASE, f"{BASE}?q=hooks", one, f"{one}delete/"]
    refused = [
        {"channel": "x" * 90},
        {"integration-name": ""},
        {"url": "no"},
        {"_parts": "1"},
        {"_test": "", "url": "x"},
    ]
    posted = [*((one, {**kept, **wrong}) for wrong in refused), (one, kept)]
    posted += [(f"{one}enabled/", {"enabled": "0"}), (f"{one}delete/", {})]

    for headers in (IN_POPUP, {}):
        responses = [client.get(address, headers=headers) for address in read]
        responses += [client.post(address, data, headers=headers) for address, data in posted]
        assert [each for each in responses if CANARY[4:-4] in each.content.decode() + str(each.headers)] == []
        Integration.objects.filter(pk=room.pk).update(archived_at=None)
