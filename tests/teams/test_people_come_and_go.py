"""Memberships: a team keeps an admin, and a smaller role takes sessions and keys along at once."""

from datetime import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from teams import services
from teams.access import Actor, actor_for
from teams.errors import Conflict
from teams.models import ApiKey, AuditEntry, Membership, Role, User
from tests.conftest import Cast
from tests.factories import MembershipFactory, UserFactory


def acting(cast: Cast, user: User | None = None) -> Actor:
    actor = actor_for(user or cast.owner, cast.team)
    assert actor is not None
    return actor


def membership(cast: Cast, user: User) -> Membership:
    return Membership.objects.get(team=cast.team, user=user)


def test_a_team_and_its_owner_are_founded_together(db: None, now: datetime) -> None:
    team = services.create_team("Platform Süd", "Ann@Example.com", "a long password", now)

    owner = User.objects.get()
    assert (team.slug, owner.email) == ("platform-sud", "ann@example.com")
    assert owner.check_password("a long password")
    assert Membership.objects.get(team=team, user=owner).role == Role.ADMIN
    assert set(AuditEntry.objects.values_list("action", "actor_text")) == {
        ("team.created", "Operator"),
        ("membership.created", "Operator"),
    }


def test_an_owner_who_exists_keeps_their_password(cast: Cast, now: datetime) -> None:
    services.create_team("Second", "OWNER@example.com", "another long password", now)

    cast.owner.refresh_from_db()
    assert cast.owner.check_password("correct horse battery")
    assert User.objects.filter(email__iexact="owner@example.com").count() == 1


@pytest.mark.parametrize("name", ["Sales", "sales!", "日本", "日本語", "-"])
def test_slugs_are_unique_whatever_the_names(db: None, now: datetime, name: str) -> None:
    services.create_team("Sales?", "ann@example.com", "a long password", now)
    services.create_team("---", "ann@example.com", None, now)

    team = services.create_team(name, "ann@example.com", None, now)

    assert team.slug in {"sales-2", "team-2"}


@pytest.mark.parametrize(
    ("name", "owner", "password", "field", "text"),
    [
        (" \n ", "ann@example.com", "a long password", "name", "must not be empty"),
        ("x" * 101, "ann@example.com", "a long password", "name", "101 characters; at most 100"),
        ("oPS", "ann@example.com", "a long password", "name", "'oPS' already"),
        ("New", "ann at example", "a long password", "owner", "'ann at example' is no e-mail"),
        ("New", "ann@example.com", None, "password", "needs a password"),
        ("New", "ann@example.com", "short", "password", "at least 10 characters"),
        ("New", "ann@example.com", "ann@example.com", "password", "similar"),
    ],
)
def test_a_refused_team_names_the_field_and_leaves_nothing(
    cast: Cast, now: datetime, name: str, owner: str, password: str | None, field: str, text: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        services.create_team(name, owner, password, now)

    assert text in refusal.value.message_dict[field][0]
    assert not User.objects.filter(email="ann@example.com").exists()


def test_the_last_admin_stays_an_admin(cast: Cast, now: datetime) -> None:
    gone = UserFactory.create(is_active=False)
    MembershipFactory.create(team=cast.team, user=gone, role=Role.ADMIN)

    with pytest.raises(Conflict, match="last admin"):
        services.change_role(acting(cast), membership(cast, cast.owner), Role.MEMBER, now)
    with pytest.raises(Conflict, match="last admin"):
        services.remove_member(acting(cast), membership(cast, cast.owner), now)
    assert membership(cast, cast.owner).role == Role.ADMIN


def test_an_admin_may_go_once_there_is_another(cast: Cast, now: datetime) -> None:
    services.change_role(acting(cast), membership(cast, cast.member), Role.ADMIN, now)

    services.remove_member(acting(cast), membership(cast, cast.owner), now)

    assert actor_for(cast.owner, cast.team) is None
    entry = AuditEntry.objects.get(action="membership.removed")
    assert (entry.actor, entry.changes) == (cast.owner, {"role": ["admin", None]})


@pytest.mark.parametrize("who", ["member", "viewer"])
def test_only_admins_manage_people(cast: Cast, now: datetime, who: str) -> None:
    actor, other = acting(cast, getattr(cast, who)), membership(cast, cast.owner)

    with pytest.raises(PermissionDenied):
        services.change_role(actor, other, Role.VIEWER, now)
    with pytest.raises(PermissionDenied):
        services.remove_member(actor, other, now)
    assert not AuditEntry.objects.exists()


def test_an_admin_reaches_no_other_teams_memberships(cast: Cast, now: datetime) -> None:
    theirs = Membership.objects.get(team=cast.other_team)

    with pytest.raises(PermissionDenied):
        services.change_role(acting(cast), theirs, Role.VIEWER, now)
    with pytest.raises(PermissionDenied):
        services.remove_member(acting(cast), theirs, now)
    assert Membership.objects.get(pk=theirs.pk).role == Role.ADMIN


def is_logged_in(client: Client) -> bool:
    return client.get("/").headers.get("Location", "").startswith("/t/ops/")


@pytest.mark.parametrize("change", ["demoted", "promoted", "removed", "password"])
def test_sessions_end_with_a_new_role_and_a_new_password(cast: Cast, now: datetime, change: str) -> None:
    client = Client()
    client.force_login(cast.member)
    assert is_logged_in(client)

    if change == "removed":
        services.remove_member(acting(cast), membership(cast, cast.member), now)
    elif change == "password":
        cast.member.set_password("a new long password")
        cast.member.save()
    else:
        role = Role.VIEWER if change == "demoted" else Role.ADMIN
        services.change_role(acting(cast), membership(cast, cast.member), role, now)

    assert not is_logged_in(client)


def test_the_same_role_again_changes_nothing(cast: Cast, now: datetime) -> None:
    services.change_role(acting(cast), membership(cast, cast.member), Role.MEMBER, now)

    assert not AuditEntry.objects.exists()
    assert User.objects.get(pk=cast.member.pk).session_stamp == 0


@pytest.mark.parametrize(
    ("after", "kept"), [("admin", {"a", "m", "v"}), ("member", {"m", "v"}), ("viewer", {"v"}), (None, set())]
)
def test_a_smaller_role_ends_the_makers_greater_keys_at_once(
    cast: Cast, now: datetime, after: str | None, kept: set[str]
) -> None:
    second = UserFactory.create(name="Second")
    seat = MembershipFactory.create(team=cast.team, user=second, role=Role.ADMIN)
    for role in Role.values:
        services.create_api_key(acting(cast, second), cast.team, role[0], role, None, now)
    services.create_api_key(acting(cast), cast.team, "the owner's", Role.ADMIN, None, now)

    if after is None:
        services.remove_member(acting(cast), seat, now)
    else:
        services.change_role(acting(cast), seat, after, now)

    working = set(ApiKey.objects.filter(revoked_at=None).values_list("name", flat=True))
    assert working == {*kept, "the owner's"}
    assert AuditEntry.objects.filter(action="api_key.revoked").count() == 3 - len(kept)


def test_team_settings_change_with_evidence(cast: Cast) -> None:
    services.change_team(acting(cast), name="Operations", announce_minutes=30, shadow=True)

    cast.team.refresh_from_db()
    assert (cast.team.name, cast.team.slug, cast.team.announce_minutes) == ("Operations", "ops", 30)
    changes = {"name": ["Ops", "Operations"], "announce_minutes": [60, 30], "shadow": [False, True]}
    assert AuditEntry.objects.get().changes == changes
    with pytest.raises(ValidationError, match="from 0 to 10080"):
        services.change_team(acting(cast), announce_minutes=-1)
    with pytest.raises(PermissionDenied):
        services.change_team(acting(cast, cast.member), name="Mine")
