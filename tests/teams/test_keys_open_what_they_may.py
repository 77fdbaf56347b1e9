"""API keys: never more than their maker, shown once, ended at once."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from pytest_django import DjangoAssertNumQueries

from teams import keys, services
from teams.access import Actor, actor_for
from teams.models import ApiKey, AuditEntry, Membership, Role, User
from tests.conftest import Cast
from tests.factories import UserFactory

HOUR = timedelta(hours=1)


def acting(cast: Cast, user: User | None = None) -> Actor:
    actor = actor_for(user or cast.owner, cast.team)
    assert actor is not None
    return actor


def made(cast: Cast, now: datetime, role: str = Role.MEMBER, expires_at: datetime | None = None) -> str:
    return services.create_api_key(acting(cast), cast.team, "prometheus", role, expires_at, now)[1]


def test_the_plain_key_is_kept_nowhere(cast: Cast, now: datetime) -> None:
    key, plain = services.create_api_key(acting(cast), cast.team, "prometheus", Role.MEMBER, None, now)

    prefix, secret = plain.removeprefix("bh_").split("_")
    stored = str(ApiKey.objects.values().get()) + str(list(AuditEntry.objects.values()))
    assert (key.prefix, len(secret)) == (prefix, 40)
    assert secret not in stored + repr(key) + str(key) + repr(keys.fresh())
    assert keys.find(plain, now) == key


def test_two_keys_are_never_alike() -> None:
    assert len({keys.fresh().plain for _ in range(1000)}) == 1000
    assert "digest" not in repr(keys.fresh())


@pytest.mark.parametrize("who", ["member", "viewer"])
def test_who_manages_no_people_makes_and_revokes_no_keys(cast: Cast, now: datetime, who: str) -> None:
    key, _ = services.create_api_key(None, cast.team, "a", Role.VIEWER, None, now)

    with pytest.raises(PermissionDenied):
        services.create_api_key(acting(cast, getattr(cast, who)), cast.team, "b", Role.VIEWER, None, now)
    with pytest.raises(PermissionDenied):
        services.revoke_api_key(acting(cast, getattr(cast, who)), key, now)


@pytest.mark.parametrize("role", Role.values)
def test_a_key_makes_no_keys_and_no_members(cast: Cast, now: datetime, role: str) -> None:
    key, _ = services.create_api_key(None, cast.team, "a", role, None, now)
    actor = Actor(team=cast.team, role=Role(role), key=key, via="api")

    with pytest.raises(PermissionDenied):
        services.create_api_key(actor, cast.team, "b", Role.VIEWER, None, now)
    with pytest.raises(PermissionDenied):
        services.invite(actor, "x@example.com", Role.VIEWER, now)
    with pytest.raises(PermissionDenied):
        services.change_role(actor, Membership.objects.get(user=cast.viewer), Role.ADMIN, now)
    assert ApiKey.objects.count() == 1


def test_an_admin_reaches_no_other_teams_keys(cast: Cast, now: datetime) -> None:
    theirs, _ = services.create_api_key(None, cast.other_team, "theirs", Role.ADMIN, None, now)

    with pytest.raises(PermissionDenied):
        services.create_api_key(acting(cast), cast.other_team, "mine", Role.VIEWER, None, now)
    with pytest.raises(PermissionDenied):
        services.revoke_api_key(acting(cast), theirs, now)
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


@pytest.mark.parametrize(
    ("name", "role", "expires", "field"),
    [
        ("", "member", None, "name"),
        ("x" * 101, "member", None, "name"),
        ("taken", "member", None, "name"),
        ("a", "owner", None, "role"),
        ("a", "", None, "role"),
        ("a", "member", timedelta(0), "expires_at"),
    ],
)
def test_a_refused_key_names_the_field(
    cast: Cast, now: datetime, name: str, role: str, expires: timedelta | None, field: str
) -> None:
    services.create_api_key(None, cast.team, "taken", Role.VIEWER, None, now)

    with pytest.raises(ValidationError) as refusal:
        services.create_api_key(acting(cast), cast.team, name, role, None if expires is None else now + expires, now)

    assert list(refusal.value.message_dict) == [field]
    assert ApiKey.objects.count() == 1


def test_a_name_is_free_again_after_its_key_ended(cast: Cast, now: datetime) -> None:
    key, _ = services.create_api_key(None, cast.team, "a", Role.VIEWER, None, now)
    services.create_api_key(None, cast.team, "b", Role.VIEWER, now + HOUR, now)
    services.revoke_api_key(acting(cast), key, now)

    services.create_api_key(None, cast.team, "a", Role.VIEWER, None, now)
    services.create_api_key(None, cast.team, "b", Role.VIEWER, None, now + HOUR)

    assert ApiKey.objects.count() == 4


def test_an_unknown_key_is_refused(cast: Cast, now: datetime) -> None:
    plain = made(cast, now)

    for wrong in (plain[:-1], plain + "x", plain.swapcase(), "bh_", "ключ"):
        with pytest.raises(keys.KeyRefused, match="unknown"):
            keys.find(wrong, now)


def test_an_expired_key_says_since_when(cast: Cast, now: datetime) -> None:
    plain = made(cast, now, expires_at=now + HOUR)

    assert keys.find(plain, now + HOUR - timedelta(seconds=1))
    with pytest.raises(keys.KeyRefused, match="expired on 2026-03-02 13:00 UTC"):
        keys.find(plain, now + HOUR)


def test_a_revoked_key_is_refused_and_revoking_twice_is_one_entry(cast: Cast, now: datetime) -> None:
    plain = made(cast, now)
    key = ApiKey.objects.get()

    services.revoke_api_key(acting(cast), key, now)
    services.revoke_api_key(acting(cast), key, now + HOUR)

    with pytest.raises(keys.KeyRefused, match="revoked on 2026-03-02 12:00 UTC"):
        keys.find(plain, now)
    assert AuditEntry.objects.filter(action="api_key.revoked").count() == 1


@pytest.mark.parametrize("loss", ["demoted", "removed", "deactivated"])
def test_a_key_outlives_nothing_its_maker_lost_even_behind_the_services_back(
    cast: Cast, now: datetime, loss: str
) -> None:
    plain = made(cast, now)
    seat = Membership.objects.filter(user=cast.owner)

    if loss == "demoted":
        seat.update(role=Role.VIEWER)
    elif loss == "removed":
        seat.delete()
    else:
        User.objects.filter(pk=cast.owner.pk).update(is_active=False)

    with pytest.raises(keys.KeyRefused, match="allows more than the person who made it"):
        keys.find(plain, now)


def test_the_operators_and_a_superusers_keys_need_no_membership(cast: Cast, now: datetime) -> None:
    root = UserFactory.create(is_superuser=True)
    _, by_operator = services.create_api_key(None, cast.team, "a", Role.ADMIN, None, now)
    _, by_root = services.create_api_key(acting(cast, root), cast.team, "b", Role.ADMIN, None, now)

    assert {keys.find(plain, now).name for plain in (by_operator, by_root)} == {"a", "b"}


def test_finding_a_key_costs_one_query_whether_it_exists_or_not(
    cast: Cast, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    plain = made(cast, now)

    with django_assert_num_queries(1):
        assert keys.find(plain, now).team.name == "Ops"
    with django_assert_num_queries(1), pytest.raises(keys.KeyRefused):
        keys.find("bh_unknown", now)


def test_the_last_use_is_written_at_most_once_a_minute(cast: Cast, now: datetime) -> None:
    made(cast, now)
    seen = []
    for seconds in (0, 30, 59, 60, 61):
        keys.note_use(ApiKey.objects.get(), now + timedelta(seconds=seconds))
        last_used_at = ApiKey.objects.get().last_used_at
        assert last_used_at is not None
        seen.append((last_used_at - now).seconds)

    assert seen == [0, 0, 0, 60, 60]
