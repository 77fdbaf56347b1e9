"""The sandbox's set-up pages give what Bellhop asks for, as the services' own pages do."""

import html
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from demo.models import SandboxApp, SandboxRoom, SandboxToken
from demo.sandbox import people, rooms

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]

NOW = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)


def shown(client: Client, path: str) -> str:
    return html.unescape(client.get(path).content.decode())


def test_choosing_a_channel_gives_a_webhook_url_that_works(client: Client) -> None:
    client.post("/sandbox/slack/", {"channel": "#deploys", "label": "bellhop"})

    url = re.search(r"http://testserver(/sandbox/slack/services/\S+?)<", shown(client, "/sandbox/slack/"))
    assert url
    assert client.post(url[1], '{"text": "hi"}', content_type="application/json").content == b"ok"


@pytest.mark.parametrize("channel", ["", "#Has Spaces", "x" * 51])
def test_a_bad_channel_is_refused(client: Client, channel: str) -> None:
    assert client.post("/sandbox/slack/", {"channel": channel, "label": "bellhop"}).status_code == 200
    assert not SandboxRoom.objects.exists()


def test_building_an_integration_gives_a_hipchat_url_that_works(client: Client) -> None:
    made = client.post("/sandbox/hipchat/", {"name": "War room"})
    client.post(made["Location"], {"label": "Bellhop"})

    page = shown(client, made["Location"])
    url = re.search(r"http://testserver(/sandbox/hipchat/v2/room/\d+/notification\?auth_token=\w+)<", page)
    assert url
    assert client.post(url[1], '{"message": "hi"}', content_type="application/json").status_code == 204


def test_a_personal_token_has_the_chosen_scopes_for_a_year(client: Client) -> None:
    client.post("/sandbox/hipchat/account/api/", {"label": "Ann", "scopes": ["view_room"]})

    token = SandboxToken.objects.get()
    assert token.scopes == ["view_room"]
    assert token.expires_at is not None
    assert (token.expires_at - token.created_at).days == 365
    assert token.token in shown(client, "/sandbox/hipchat/account/api/")


def test_tokens_look_like_real_v2_ones(client: Client) -> None:
    token = rooms.room_token(rooms.hipchat_room("Ops"), "Bellhop").token
    assert re.fullmatch(r"[A-Za-z0-9]{40}", token)
    assert token != token.lower()


def test_a_room_can_be_archived_to_see_what_bellhop_says(client: Client) -> None:
    room = rooms.slack_channel("ops")
    client.post(f"/sandbox/rooms/{room.pk}/settings/", {"archived": "on"})
    room.refresh_from_db()
    assert (room.archived, room.restricted) == (True, False)
    assert "archived" in shown(client, "/sandbox/")


def test_the_pages_obey_the_strict_policy(client: Client, app: SandboxApp) -> None:
    room, hipchat = rooms.slack_channel("ops"), rooms.hipchat_room("Ops")
    rooms.webhook(room, "x")
    rooms.post(room, "Bellhop", {"text": "x"}, NOW)
    paths = (f"slack/apps/{app.pk}/", f"rooms/{room.pk}/", f"hipchat/rooms/{hipchat.api_id}/", "slack/apps/")
    for path in ("", "slack/", "hipchat/", "hipchat/account/api/", *paths):
        page = client.get(f"/sandbox/{path}")
        text = page.content.decode()
        assert "default-src 'self'" in page["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)


def test_a_page_asks_for_the_same_few_queries_whatever_is_said(
    client: Client, app: SandboxApp, ops: SandboxRoom, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    rooms.slack_channel("random")
    for _ in range(3):
        first = rooms.post(ops, "Bellhop", {"text": "x"}, NOW, app=app)
        rooms.post(ops, "Bellhop", {"text": "y"}, NOW, app=app, parent=first, broadcast=True)
    with django_assert_num_queries(3):  # type: ignore[operator]
        client.get("/sandbox/")


def test_an_edited_message_shows_what_it_is_and_what_it_was(client: Client, app: SandboxApp, ops: SandboxRoom) -> None:
    made = rooms.post(ops, "Bellhop", {"text": "#1 MAJOR"}, NOW, app=app)
    rooms.edit(made, {"text": "#1 CLEARED"}, NOW)

    page = shown(client, "/sandbox/")

    assert page.index("(edited)") < page.index("#1 CLEARED") < page.index("What it said before") < page.index("MAJOR")


def test_where_blocks_say_it_all_no_edit_is_marked(client: Client, app: SandboxApp, ops: SandboxRoom) -> None:
    made = rooms.post(ops, "Bellhop", {"text": "x"}, NOW, app=app)
    rooms.edit(made, {"text": "y", "blocks": [{"type": "divider", "block_id": "d"}]}, NOW)
    assert "(edited)" not in shown(client, "/sandbox/")


def test_a_thread_stands_below_its_message_oldest_first(client: Client, app: SandboxApp, ops: SandboxRoom) -> None:
    first = rooms.post(ops, "Bellhop", {"text": "the alert"}, NOW, app=app)
    rooms.post(ops, "Bellhop", {"text": "acknowledged"}, NOW, app=app, parent=first)
    rooms.post(ops, "Bellhop", {"text": "over"}, NOW, app=app, parent=first, broadcast=True)
    rooms.post(ops, "Bellhop", {"text": "the next alert"}, NOW, app=app)

    page = shown(client, "/sandbox/")

    order = [page.index(text) for text in ("the next alert", "replied to a thread: the alert", "2 replies")]
    assert order == sorted(order)
    assert page.index("2 replies") < page.index("acknowledged") < page.rindex("over")


def test_what_one_person_alone_sees_says_so(client: Client, app: SandboxApp, ops: SandboxRoom) -> None:
    rooms.post(ops, "Bellhop", {"text": "psst"}, timezone.now(), app=app, seen_by=people.BOB.id)
    assert "Only visible to Bob Stone" in shown(client, "/sandbox/")
    client.post("/sandbox/you/", {"person": people.BOB.id})
    assert "Only visible to you" in shown(client, "/sandbox/")


def test_what_one_person_alone_sees_goes_after_a_while(client: Client, ops: SandboxRoom) -> None:
    rooms.post(ops, "Bellhop", {"text": "psst, Ann"}, timezone.now() - timedelta(minutes=6), seen_by=people.ANN.id)
    assert "psst, Ann" not in shown(client, "/sandbox/")


def test_a_mention_shows_the_persons_name(client: Client, ops: SandboxRoom) -> None:
    rooms.post(ops, "Bellhop", {"text": "taken by <@U0SBXANN>"}, NOW)
    assert "@Ann Lee" in shown(client, "/sandbox/")


def test_a_message_can_be_deleted_to_see_what_bellhop_does(client: Client, ops: SandboxRoom) -> None:
    made = rooms.post(ops, "Bellhop", {"text": "x"}, NOW)
    page = f"/sandbox/rooms/{ops.pk}/"
    assert f'name="delete" value="{made.pk}"' in shown(client, page)
    assert client.post("/sandbox/delete/", {"delete": str(made.pk), "next": page})["Location"] == page
    assert not ops.messages.exists()


@pytest.mark.parametrize("number", ["", "x", "99999999999999999999"])
def test_a_message_that_is_none_is_not_deleted(client: Client, number: str) -> None:
    assert client.post("/sandbox/delete/", {"delete": number}).status_code in (302, 404)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/t/demo/", "/sandbox/..\\evil"])
def test_a_deed_leads_back_into_the_sandbox_only(client: Client, target: str) -> None:
    answer = client.post("/sandbox/you/", {"person": people.ANN.id, "next": target})
    assert answer["Location"].startswith("/sandbox/")


def test_the_manifest_that_bellhop_gives_makes_an_app_that_calls_it(client: Client) -> None:
    form = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", shown(client, "/sandbox/slack/apps/"), re.DOTALL)
    assert form
    made = client.post("/sandbox/slack/apps/", {"manifest": form[1]})

    app = SandboxApp.objects.get()
    assert app.actions_url.endswith("/hooks/slack/actions/")
    assert (app.command, app.escapes) == ("/bellhop", True)
    page = shown(client, made["Location"])
    assert all(value in page for value in (app.bot_token, app.signing_secret, "http://testserver/sandbox/slack/api<"))


@pytest.mark.parametrize(
    "change",
    [
        {"display_information": {}},
        {"display_information": {"name": "x" * 36}},
        {"surprise": 1},
        {"oauth_config": {"scopes": {"bot": ["chat:shout"]}}},
        {"settings": {"interactivity": {"is_enabled": True}}},
        {"settings": {"interactivity": {"is_enabled": True, "request_url": "https://evil.example/"}}},
        {"features": {"slash_commands": [{"command": "/b", "description": "x", "url": "http://127.0.0.1/"}]}},
        {"features": {"bot_user": {"display_name": "x"}, "slash_commands": [{"command": "b", "description": "x"}]}},
    ],
)
def test_a_manifest_that_slack_would_refuse_is_refused(client: Client, change: dict[str, object]) -> None:
    good = {"display_information": {"name": "x"}, "features": {"bot_user": {"display_name": "x"}}}
    manifest = {**good, "oauth_config": {"scopes": {"bot": ["commands"]}}, **change}
    client.post("/sandbox/slack/apps/", {"manifest": json.dumps(manifest)})
    assert not SandboxApp.objects.exists()


def test_an_app_is_never_led_elsewhere(client: Client, app: SandboxApp) -> None:
    fields = {"actions_url": "https://evil.example/", "command": "/bellhop", "scopes": ["chat:write"]}
    assert "calls nobody but this Bellhop" in client.post(f"/sandbox/slack/apps/{app.pk}/", fields).content.decode()
    app.refresh_from_db()
    assert app.actions_url.startswith("http://127.0.0.1:8000/")


def test_an_app_can_lose_its_token_and_its_channels(client: Client, app: SandboxApp) -> None:
    client.post(f"/sandbox/slack/apps/{app.pk}/", {"scopes": ["chat:write"], "revoked": "on"})
    app.refresh_from_db()
    assert (app.scopes, app.revoked) == (["chat:write"], True)
