"""A page within a team: a login form for strangers, nothing for outsiders, no more than the role for members."""

from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client

from teams.access import Actor, Permission
from teams.errors import Conflict
from teams.models import Role, Team
from teams.pages import navigation, team_page
from tests.conftest import Cast
from tests.factories import MembershipFactory


@team_page(Permission.EDIT)
def page(request: HttpRequest, team: Team, actor: Actor, word: str) -> HttpResponse:
    return HttpResponse(f"{team.slug} {actor.text} {actor.via} {word}")


def visit(rf: Any, user: Any, slug: str = "ops") -> HttpResponse:
    request = rf.get(f"/t/{slug}/x/")
    request.user = user
    return page(request, team_slug=slug, word="hello")


def test_a_member_gets_team_actor_and_arguments(cast: Cast, rf: Any) -> None:
    assert visit(rf, cast.member).content == b"ops Member page hello"


def test_no_cache_keeps_a_page(cast: Cast, rf: Any) -> None:
    assert "no-store" in visit(rf, cast.member).headers["Cache-Control"]


def test_strangers_log_in_outsiders_see_nothing_and_viewers_may_not(cast: Cast, rf: Any) -> None:
    assert visit(rf, AnonymousUser()).headers["Location"] == "/login/?next=/t/ops/x/"
    with pytest.raises(Http404):
        visit(rf, cast.outsider)
    with pytest.raises(Http404):
        visit(rf, cast.outsider, "no-such-team")
    assert visit(rf, cast.viewer).status_code == 403


def test_a_part_of_a_page_leads_the_whole_page_to_the_login_and_says_refusals_in_a_header(cast: Cast, rf: Any) -> None:
    request = rf.get(
        "/t/ops/x/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/t/ops/alerts/?q=1"}
    )
    request.user = AnonymousUser()
    answer = page(request, team_slug="ops", word="hello")
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/login/?next=/t/ops/alerts/")

    request.user = cast.viewer
    answer = page(request, team_slug="ops", word="hello")
    assert (answer.status_code, unquote(answer["X-Refusal"])) == (403, "Your role (viewer) may not edit.")


@pytest.mark.parametrize("nonsense", ["http://[", "http://[::1", "", "//"])
def test_an_address_that_is_none_leads_through_the_login_to_the_start(nonsense: str, rf: Any) -> None:
    request = rf.get("/t/ops/x/", headers={"HX-Request": "true", "HX-Current-URL": nonsense})
    request.user = AnonymousUser()

    assert page(request, team_slug="ops", word="hello")["HX-Redirect"] == "/login/?next=/"


def test_every_kind_of_conflict_is_said_in_its_words(cast: Cast, rf: Any) -> None:
    class Outdated(Conflict):
        pass

    @team_page()
    def late(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
        raise Outdated("You are too late.")

    request = rf.get("/t/ops/x/", headers={"HX-Request": "true"})
    request.user = cast.member
    answer = late(request, team_slug="ops")

    assert (answer.status_code, unquote(answer["X-Refusal"])) == (409, "You are too late.")


def test_navigation_offers_what_is_served_and_marks_where_one_is(cast: Cast, rf: Any) -> None:
    request = rf.get("/t/ops/team/")
    assert navigation(request) == {}

    request.user = cast.viewer
    request.actor = Actor(team=cast.team, role=Role.VIEWER, user=cast.viewer)
    entries = navigation(request)["navigation"]

    assert entries[-1] == {"label": "Team", "url": "/t/ops/team/", "current": True}
    assert not any(entry["current"] for entry in entries[:-1])


def test_a_page_leads_to_the_administration_of_its_own_team(cast: Cast, client: Client) -> None:
    MembershipFactory.create(team=cast.other_team, user=cast.owner, role=Role.VIEWER)
    client.force_login(cast.owner)
    page = client.get("/t/rivals/team/").content.decode()

    assert '<form method="post" action="/admin/team/">' in page
    assert 'name="team" value="rivals"' in page
    assert "Rivals" in client.post("/admin/team/", {"team": "rivals"}, follow=True).content.decode()


@pytest.mark.parametrize("address", ["/login/", "/reset/", "/reset/sent/", "/t/ops/team/", "/", "/nothing/"])
def test_pages_obey_the_strict_policy(cast: Cast, client: Client, address: str) -> None:
    if address.startswith(("/t/", "/nothing")):
        client.force_login(cast.owner)
    response = client.get(address, follow=True)
    html, policy = response.content.decode(), response.headers["Content-Security-Policy"]

    assert "<style" not in html
    assert " style=" not in html
    assert "<script>" not in html
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["X-Frame-Options"] == "DENY"


def test_what_is_nowhere_is_a_plain_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.owner)

    for address in ("/nothing/", "/t/rivals/team/", "/t/no-such-team/team/"):
        response = client.get(address)
        assert response.status_code == 404
        assert "There is no such page" in response.content.decode()
        assert "Rivals" not in response.content.decode()


@pytest.mark.parametrize("who", ["owner", "member", "viewer"])
def test_who_is_who_in_chat_is_found_from_the_team_and_from_ones_own_menu(who: str, cast: Cast, client: Client) -> None:
    client.force_login(getattr(cast, who))

    page = client.get("/t/ops/team/").content.decode()

    link = '<a href="/t/ops/chat/">People in chat</a>'
    assert [link in part for part in page.split("<main")] == [True, True]
