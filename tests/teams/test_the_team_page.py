"""The team page: people see who is there; those who manage change roles, invite, make keys, and see the history."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from teams import services
from teams.access import Actor, actor_for
from teams.keys import find
from teams.models import ApiKey, AuditEntry, Invitation, Membership, Role
from tests.conftest import Cast
from tests.factories import MembershipFactory, UserFactory


def acting(cast: Cast) -> Actor:
    actor = actor_for(cast.owner, cast.team)
    assert actor is not None
    return actor


def seat(cast: Cast, name: str) -> Membership:
    return Membership.objects.get(team=cast.team, user=getattr(cast, name))


@pytest.fixture
def owner(cast: Cast, client: Client) -> Client:
    client.force_login(cast.owner)
    return client


def test_members_see_people_and_their_own_role_only(cast: Cast, client: Client, now: datetime) -> None:
    services.create_api_key(None, cast.team, "prometheus", Role.MEMBER, None, now)
    services.invite(acting(cast), "soon@example.com", "viewer", timezone.now())
    client.force_login(cast.viewer)

    page = client.get("/t/ops/team/").content.decode()

    assert "member@example.com" in page
    assert "You are here as <strong>viewer</strong>" in page
    for hidden in ("soon@example.com", "outsider@example.com", "prometheus", "/team/people/", "Last login", ">admin<"):
        assert hidden not in page


@pytest.mark.parametrize("who", ["member", "viewer"])
def test_who_does_not_manage_may_neither_see_nor_change_the_rest(cast: Cast, client: Client, who: str) -> None:
    key, _ = services.create_api_key(None, cast.team, "k", Role.MEMBER, None, timezone.now())
    invitation, _ = services.invite(acting(cast), "soon@example.com", "viewer", timezone.now())
    before = (ApiKey.objects.count(), Membership.objects.count(), AuditEntry.objects.count())
    client.force_login(getattr(cast, who))
    person = seat(cast, "viewer").pk
    pages = [
        "keys/",
        f"keys/{key.pk}/revoke/",
        "settings/",
        "history/",
        f"people/{person}/",
        f"people/{person}/remove/",
    ]
    posts = [*pages[:3], *pages[4:], "invitations/", f"invitations/{invitation.pk}/revoke/"]

    seen = {client.get(f"/t/ops/team/{each}").status_code for each in pages}
    done = {client.post(f"/t/ops/team/{each}", {"name": "x", "role": "admin"}).status_code for each in posts}

    assert (seen, done) == ({403}, {403})
    assert (ApiKey.objects.count(), Membership.objects.count(), AuditEntry.objects.count()) == before


def test_a_role_is_changed(cast: Cast, owner: Client) -> None:
    address = f"/t/ops/team/people/{seat(cast, 'viewer').pk}/"

    assert "viewer@example.com" in owner.get(address).content.decode()
    after = owner.post(address, {"role": "member"}, follow=True)

    assert "Viewer is a member of Ops now." in after.content.decode()
    assert seat(cast, "viewer").role == Role.MEMBER
    assert owner.post(address, {"role": "god"}).status_code == 422


def test_the_last_admin_is_told_kindly(cast: Cast, owner: Client) -> None:
    address = f"/t/ops/team/people/{seat(cast, 'owner').pk}/"

    demoted, removed = owner.post(address, {"role": "viewer"}), owner.post(f"{address}remove/")
    left = owner.post("/me/teams/ops/leave/")

    assert (demoted.status_code, removed.status_code, left.status_code) == (422, 409, 409)
    for answer in (demoted, removed, left):
        assert "make somebody else an admin first" in answer.content.decode()
    assert seat(cast, "owner").role == Role.ADMIN


def test_removing_says_what_it_does_and_does_it_on_post_only(cast: Cast, owner: Client) -> None:
    address = f"/t/ops/team/people/{seat(cast, 'member').pk}/remove/"

    asked = owner.get(address).content.decode()
    assert "sessions end" in asked
    assert "are revoked" in asked
    assert Membership.objects.filter(user=cast.member).exists()

    assert owner.post(address)["Location"] == "/t/ops/team/"
    assert not Membership.objects.filter(user=cast.member).exists()


def test_invitations_that_wait_are_listed_and_revoked(cast: Cast, owner: Client) -> None:
    owner.post("/t/ops/team/invitations/", {"email": "soon@example.com", "role": "viewer"})
    invitation = Invitation.objects.get()

    page = owner.get("/t/ops/team/").content.decode()
    after = owner.post(f"/t/ops/team/invitations/{invitation.pk}/revoke/", follow=True).content.decode()

    assert "soon@example.com" in page
    assert "The invitation of soon@example.com is revoked." in after
    assert f"/invitations/{invitation.pk}/revoke/" not in after
    assert AuditEntry.objects.filter(action="invitation.revoked", actor=cast.owner).count() == 1


def test_a_refused_invitation_says_so_at_its_field(cast: Cast, owner: Client) -> None:
    page = owner.post("/t/ops/team/invitations/", {"email": "member@example.com", "role": "viewer"})

    assert page.status_code == 422
    assert "member@example.com is a member already." in page.content.decode()
    assert 'aria-invalid="true"' in page.content.decode()


def test_a_key_is_shown_once_and_revoked(cast: Cast, owner: Client) -> None:
    made = owner.post("/t/ops/team/keys/", {"name": "<b>prom</b>", "role": "member", "expires_at": ""})

    plain = re.search(r"bh_\w{8}_\w{40}", made.content.decode())
    key = ApiKey.objects.get()
    assert plain is not None
    assert "no-store" in made["Cache-Control"]
    assert find(plain[0], timezone.now()) == key
    page = owner.get("/t/ops/team/keys/").content.decode()
    assert "&lt;b&gt;prom&lt;/b&gt;" in page
    assert f"bh_{key.prefix}_…" in page
    assert plain[0] not in page

    assert "stops working at once" in owner.get(f"/t/ops/team/keys/{key.pk}/revoke/").content.decode()
    owner.post(f"/t/ops/team/keys/{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert key.prefix not in owner.get("/t/ops/team/keys/").content.decode()
    assert key.prefix in owner.get("/t/ops/team/keys/?all=1").content.decode()


def test_a_key_expires_in_the_readers_zone(cast: Cast, owner: Client) -> None:
    owner.cookies["zone"] = "Europe%2FBerlin"
    owner.post("/t/ops/team/keys/", {"name": "k", "role": "viewer", "expires_at": "2999-07-01T12:00"})
    assert ApiKey.objects.get().expires_at == datetime.fromisoformat("2999-07-01T10:00:00+00:00")

    past = owner.post("/t/ops/team/keys/", {"name": "old", "role": "viewer", "expires_at": "2001-01-01T00:00"})
    assert past.status_code == 422
    assert "This must be in the future." in past.content.decode()


def test_settings_are_changed_with_evidence_in_the_history(cast: Cast, owner: Client) -> None:
    saved = owner.post("/t/ops/team/settings/", {"name": "Operations", "announce_minutes": "30"})
    refused = owner.post("/t/ops/team/settings/", {"name": "", "announce_minutes": "99999"})

    assert saved["Location"] == "/t/ops/team/settings/"
    assert refused.status_code == 422
    cast.team.refresh_from_db()
    assert (cast.team.name, cast.team.announce_minutes) == ("Operations", 30)
    page = owner.get("/t/ops/team/history/").content.decode()
    assert "team changed" in page
    assert "Operations" in page


def test_a_team_in_shadow_mode_is_told_so_on_every_page(cast: Cast, owner: Client) -> None:
    assert "Shadow mode" not in owner.get("/t/ops/alerts/").content.decode()
    owner.post("/t/ops/team/settings/", {"name": "Ops", "announce_minutes": "60", "shadow": "on"})
    for page in ("alerts", "rules", "deliveries"):
        assert "Shadow mode: it is decided and logged" in owner.get(f"/t/ops/{page}/").content.decode()


def test_the_history_is_paged_without_a_gap(cast: Cast, owner: Client) -> None:
    start = timezone.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(
            team=cast.team, at=start + timedelta(seconds=n // 3), actor_text="x", action="a.b", target_text=f"<{n}>"
        )
        for n in range(120)
    )
    AuditEntry.objects.create(team=cast.other_team, actor_text="x", action="a.b", target_text="<theirs>")
    address, seen = "/t/ops/team/history/", []

    for _ in range(5):
        page = owner.get(address).content.decode()
        seen += re.findall(r"&lt;(\w+)&gt;", page)
        older = re.search(r'href="(\?before=\d+)"', page)
        if older is None:
            break
        address = f"/t/ops/team/history/{older[1]}"

    assert seen == [str(n) for n in reversed(range(120))]
    foreign = AuditEntry.objects.get(team=cast.other_team)
    for strange in (f"{foreign.pk}", "x", "9" * 30, "²"):
        assert "&lt;119&gt;" in owner.get("/t/ops/team/history/", {"before": strange}).content.decode()


def test_many_people_are_paged_and_found(cast: Cast, owner: Client) -> None:
    for n in range(60):
        MembershipFactory.create(team=cast.team, user=UserFactory.create(email=f"q{n:02}@example.com"))

    first = owner.get("/t/ops/team/").content.decode()
    after = re.search(r'href="(\?after=[^"]+)"', first)
    assert after is not None
    second = owner.get(f"/t/ops/team/{after[1]}").content.decode()
    found = owner.get("/t/ops/team/", {"q": "q59"}).content.decode()

    emails = [set(re.findall(r">([\w]+@example\.com)<", page)) for page in (first, second, found)]
    assert (len(emails[0]), len(emails[1]), emails[2]) == (50, 13, {"q59@example.com"})
    assert not emails[0] & emails[1]
    assert "Nobody here is called" in owner.get("/t/ops/team/", {"q": "zz"}).content.decode()


@pytest.mark.parametrize("page", ["", "keys/", "history/"])
def test_each_page_costs_the_same_for_any_number_of_rows(
    cast: Cast, owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries, page: str
) -> None:
    now = timezone.now()
    for n in range(20):
        MembershipFactory.create(team=cast.team)
        services.create_api_key(acting(cast), cast.team, f"k{n}", Role.VIEWER, None, now)
        services.invite(acting(cast), f"i{n}@example.com", "viewer", now)

    with django_assert_max_num_queries(8):
        owner.get(f"/t/ops/team/{page}")
