"""People are invited elsewhere, changed and removed; keys are shown once."""

import threading
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from teams.keys import find
from teams.models import ApiKey, AuditEntry, Membership, Role, User
from tests.admin.conftest import World
from tests.patience import PATIENT

Enter = Callable[..., Client]


def test_people_are_invited_on_the_team_page_and_added_nowhere_else(world: World, enter: Enter) -> None:
    client, before = enter(world.cast.owner), Membership.objects.count()

    added = client.post("/admin/teams/membership/add/", {"email": world.theirs.user.email, "role": "viewer"})

    assert added.status_code == 403, "an answer by address would tell who has an account"
    assert Membership.objects.count() == before
    assert f'href="/t/{world.mine.team.slug}/team/"' in client.get("/admin/teams/membership/").content.decode()


def test_only_who_may_invite_is_led_there(world: World, enter: Enter) -> None:
    assert "Invite people" not in enter(world.cast.viewer).get("/admin/teams/membership/").content.decode()


def test_a_password_link_is_sent_three_times_an_hour_and_no_more(world: World, enter: Enter) -> None:
    client, person = enter(world.cast.owner), User.objects.create_user("new@example.com")
    membership = Membership.objects.create(team=world.cast.team, user=person, role=Role.VIEWER)

    pages = [
        client.post(f"/admin/teams/membership/{membership.pk}/do/send_password_link/", follow=True) for _ in range(4)
    ]
    for thread in [each for each in threading.enumerate() if each.name == "password-mail"]:
        thread.join(PATIENT)

    assert len(mail.outbox) == 3
    assert "3 links already" in pages[3].content.decode()


def test_the_last_admin_stays(world: World, enter: Enter) -> None:
    Membership.objects.filter(user=world.both, team=world.mine.team).delete()
    client, seat = enter(world.cast.owner), Membership.objects.get(user=world.cast.owner)

    page = client.post(reverse("admin:teams_membership_change", args=[seat.pk]), {"role": "viewer"})
    removed = client.post(reverse("admin:teams_membership_delete", args=[seat.pk]), follow=True)

    for answer in (page, removed):
        assert "last admin" in answer.content.decode()
    seat.refresh_from_db()
    assert seat.role == Role.ADMIN


def test_a_removed_person_stays_in_the_evidence(world: World, enter: Enter) -> None:
    seat = Membership.objects.get(user=world.cast.member)

    enter(world.cast.owner).post(reverse("admin:teams_membership_delete", args=[seat.pk]))

    assert not Membership.objects.filter(pk=seat.pk).exists()
    assert User.objects.filter(pk=world.cast.member.pk).exists()
    assert AuditEntry.objects.filter(action="membership.removed", actor=world.cast.owner).exists()


def test_a_key_is_shown_once_and_works(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)

    page = client.post("/admin/teams/apikey/add/", {"name": "prometheus", "role": "member"})

    key = ApiKey.objects.get(name="prometheus")
    plain = page.context["plain"]
    assert plain in page.content.decode()
    assert find(plain, timezone.now()) == key
    assert "no-store" in page["Cache-Control"]
    for url in ("/admin/", "/admin/teams/apikey/", reverse("admin:teams_apikey_change", args=[key.pk])):
        assert plain not in client.get(url).content.decode()
    assert all(plain not in str(value) for value in client.session.values())


@pytest.mark.parametrize("expires", ["2001-01-01", "not a day"])
def test_a_key_that_could_not_work_is_not_made(expires: str, world: World, enter: Enter) -> None:
    posted = {"name": "old", "role": "viewer", "expires_at_0": expires, "expires_at_1": "00:00:00"}

    page = enter(world.cast.owner).post("/admin/teams/apikey/add/", posted)

    assert page.context["adminform"].form.errors["expires_at"]
    assert not ApiKey.objects.filter(name="old").exists()


def test_a_key_is_revoked_for_good(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)

    client.post(reverse("admin:teams_apikey_revoke", args=[world.mine.key.pk]))

    world.mine.key.refresh_from_db()
    assert world.mine.key.revoked_at is not None
    page = client.get(reverse("admin:teams_apikey_change", args=[world.mine.key.pk])).content.decode()
    assert "/do/revoke/" not in page


def test_a_superuser_opens_and_closes_accounts(world: World, enter: Enter) -> None:
    User.objects.filter(pk=world.cast.owner.pk).update(is_superuser=True)
    client = enter(world.cast.owner, world.mine.team)

    client.post("/admin/teams/user/add/", {"email": "op@example.com", "name": "Op"})
    account = User.objects.get(email="op@example.com")
    client.post(reverse("admin:teams_user_change", args=[account.pk]), {"name": "Operator"})

    account.refresh_from_db()
    assert (account.name, account.is_active, account.is_superuser) == ("Operator", False, False)


def test_a_superuser_cannot_lock_themselves_out(world: World, enter: Enter) -> None:
    User.objects.filter(pk=world.cast.owner.pk).update(is_superuser=True)
    url = reverse("admin:teams_user_change", args=[world.cast.owner.pk])

    page = enter(world.cast.owner, world.mine.team).post(url, {"name": "Owner", "is_active": "on"})

    assert "You cannot take this from yourself." in page.content.decode()
    assert User.objects.get(pk=world.cast.owner.pk).is_superuser
