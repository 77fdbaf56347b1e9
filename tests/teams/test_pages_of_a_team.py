"""A page within a team: a login form for strangers, nothing for outsiders, no more than the role for members."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from teams import services
from teams.access import Actor, Permission
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
    with pytest.raises(PermissionDenied):
        visit(rf, cast.viewer)


def test_navigation_offers_what_is_served_and_marks_where_one_is(cast: Cast, rf: Any) -> None:
    request = rf.get("/t/ops/team/")
    assert navigation(request) == {}

    request.actor = Actor(team=cast.team, role=Role.VIEWER, user=cast.viewer)
    entries = navigation(request)["navigation"]

    assert entries[-1] == {"label": "Team", "url": "/t/ops/team/", "current": True}
    assert not any(entry["current"] for entry in entries[:-1])


def test_the_team_page_lists_members_and_shows_keys_to_admins_only(cast: Cast, client: Client, now: Any) -> None:
    key, plain = services.create_api_key(None, cast.team, "<b>prometheus</b>", Role.MEMBER, None, now)
    services.create_api_key(None, cast.other_team, "theirs", Role.MEMBER, None, now)

    client.force_login(cast.viewer)
    for_viewer = client.get("/t/ops/team/").content.decode()
    client.force_login(cast.owner)
    for_owner = client.get("/t/ops/team/").content.decode()

    assert "member@example.com" in for_viewer
    assert "prometheus" not in for_viewer
    assert "&lt;b&gt;prometheus&lt;/b&gt;" in for_owner
    assert f"bh_{key.prefix}_…" in for_owner
    assert plain not in for_owner
    assert "theirs" not in for_owner + for_viewer
    assert "outsider@example.com" not in for_owner + for_viewer


def test_the_team_page_costs_the_same_for_any_number_of_people(
    cast: Cast, client: Client, now: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    actor = Actor(team=cast.team, role=Role.ADMIN, user=cast.owner)
    for n in range(20):
        services.add_person(actor, f"p{n}@example.com", "", Role.VIEWER, now)
        services.create_api_key(actor, cast.team, f"k{n}", Role.VIEWER, None, now)
    client.force_login(cast.owner)

    with django_assert_num_queries(6):
        client.get("/t/ops/team/")


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
