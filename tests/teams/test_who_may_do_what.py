"""One place answers who may do what."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from teams.access import Actor, Permission, actor_for, exceeds, require, teams_of
from teams.models import ApiKey, Role
from tests.conftest import Cast
from tests.factories import UserFactory

ALLOWED = {
    "owner": {"view", "edit", "act", "manage"},
    "member": {"view", "edit", "act"},
    "viewer": {"view"},
}


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("who", ALLOWED)
def test_a_role_allows_what_it_says_and_no_more(cast: Cast, who: str, permission: Permission) -> None:
    actor = actor_for(getattr(cast, who), cast.team)

    assert actor is not None
    assert actor.may(permission) == (permission in ALLOWED[who])


def test_an_outsider_and_a_deactivated_member_are_nobody(cast: Cast) -> None:
    cast.member.is_active = False
    cast.member.save()

    assert actor_for(cast.outsider, cast.team) is None
    assert actor_for(cast.member, cast.team) is None
    assert actor_for(AnonymousUser(), cast.team) is None
    assert list(teams_of(cast.member)) == []
    assert list(teams_of(AnonymousUser())) == []


def test_a_superuser_is_an_admin_of_every_team(cast: Cast) -> None:
    root = UserFactory.create(is_superuser=True)

    actor = actor_for(root, cast.other_team)

    assert actor is not None
    assert actor.role == Role.ADMIN
    assert list(teams_of(root)) == [cast.team, cast.other_team]


def test_members_see_their_own_teams_only(cast: Cast) -> None:
    assert list(teams_of(cast.viewer)) == [cast.team]
    assert list(teams_of(cast.outsider)) == [cast.other_team]


def test_a_key_manages_no_people_even_with_an_admins_role(cast: Cast) -> None:
    key = ApiKey(team=cast.team, name="prometheus", role=Role.ADMIN)
    actor = Actor(team=cast.team, role=Role.ADMIN, key=key, via="api")

    assert actor.may(Permission.EDIT)
    assert not actor.may(Permission.MANAGE)


def test_a_refusal_names_who_may_not_do_what(cast: Cast) -> None:
    viewer = Actor(team=cast.team, role=Role.VIEWER, user=cast.viewer)
    key = Actor(team=cast.team, role=Role.VIEWER, key=ApiKey(name="grafana", role=Role.VIEWER))

    with pytest.raises(PermissionDenied, match=r"Your role \(viewer\) may not edit"):
        require(viewer, Permission.EDIT)
    with pytest.raises(PermissionDenied, match=r"The API key grafana \(viewer\) may not act"):
        require(key, Permission.ACT)


def test_every_actor_has_a_name_for_timelines(cast: Cast) -> None:
    assert Actor(team=cast.team, role=Role.ADMIN, user=cast.owner).text == "Owner"
    assert Actor(team=cast.team, role=Role.VIEWER, key=ApiKey(name="prometheus")).text == "API key prometheus"
    assert Actor.system(cast.team).text == "Bellhop"
    assert Actor.system(cast.team, via="command").text == "Operator"


@pytest.mark.parametrize(
    ("role", "other", "more"),
    [("admin", "member", True), ("member", "member", False), ("viewer", "admin", False), ("viewer", None, True)],
)
def test_roles_are_ordered(role: str, other: str | None, more: bool) -> None:
    assert exceeds(role, other) is more
