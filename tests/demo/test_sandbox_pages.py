"""The sandbox's set-up pages give what Bellhop asks for, as the services' own pages do."""

import html
import re

import pytest
from django.test import Client

from demo.models import SandboxRoom, SandboxToken
from demo.sandbox import rooms

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]


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


def test_the_pages_obey_the_strict_policy(client: Client) -> None:
    rooms.webhook(rooms.slack_channel("ops"), "x")
    rooms.hipchat_room("Ops")
    for path in ("", "slack/", "hipchat/", "hipchat/account/api/"):
        page = client.get(f"/sandbox/{path}")
        text = page.content.decode()
        assert "default-src 'self'" in page["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)


def test_a_page_asks_for_the_same_few_queries_whatever_is_said(
    client: Client, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    hook = rooms.webhook(rooms.slack_channel("ops"), "x")
    rooms.slack_channel("random")
    for _ in range(3):
        client.post("/sandbox/slack/" + rooms.webhook_path(hook), '{"text": "x"}', content_type="application/json")
    with django_assert_num_queries(2):  # type: ignore[operator]
        client.get("/sandbox/")
