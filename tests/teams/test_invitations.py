"""An invitation: one address, one role, once, for a week, and only while the inviter may still invite."""

import logging
import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from pytest_django import Settings

from config.logs import JsonLines
from teams import services
from teams.access import Actor, actor_for
from teams.errors import TooOften
from teams.invitations import InvitationDead, find
from teams.models import AuditEntry, Invitation, Membership, Role, User
from tests.conftest import Cast
from tests.factories import MembershipFactory, UserFactory
from tests.patience import PATIENT

FRESH = {"name": "Newt", "password": "a fresh long one", "again": "a fresh long one"}


@pytest.fixture(autouse=True)
def still(now: datetime) -> Any:
    with time_machine.travel(now, tick=False) as clock:
        yield clock


def acting(cast: Cast, user: User | None = None) -> Actor:
    actor = actor_for(user or cast.owner, cast.team)
    assert actor is not None
    return actor


def invited(cast: Cast, now: datetime, email: str = "new@example.com", role: str = "member") -> str:
    """The address of the invitation's page."""
    _, token = services.invite(acting(cast), email, role, now)
    return f"/invitations/{token}/"


def people_of(cast: Cast) -> set[str]:
    return set(Membership.objects.filter(team=cast.team).values_list("user__email", flat=True))


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_stranger_opens_an_account_with_the_invited_address_and_is_in(
    cast: Cast, now: datetime, client: Client
) -> None:
    address = invited(cast, now, " New@Example.com ")

    page = client.get(address)
    after = client.post(address, {**FRESH, "email": "other@example.com", "role": "admin"})

    shown = page.content.decode()
    assert all(word in shown for word in ("Ops", "Owner", "member", "new@example.com"))
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "same-origin"
    assert after["Location"] == "/t/ops/"
    person = User.objects.get(email="new@example.com")
    assert (person.name, person.check_password("a fresh long one")) == ("Newt", True)
    assert Membership.objects.get(user=person).role == Role.MEMBER
    assert client.get("/me/").status_code == 200
    assert list(AuditEntry.objects.filter(team=cast.team).order_by("id").values_list("action", "actor_text")) == [
        ("invitation.created", "Owner"),
        ("invitation.accepted", "Newt"),
        ("membership.created", "Newt"),
    ]


def test_looking_ten_times_accepts_nothing(cast: Cast, now: datetime) -> None:
    address, mine = invited(cast, now), invited(cast, now, "outsider@example.com")
    before = people_of(cast)

    statuses = {Client().get(address).status_code for _ in range(10)} | {Client().head(address).status_code}
    statuses |= {entered(cast.outsider).get(mine).status_code for _ in range(10)}

    assert statuses == {200}
    assert people_of(cast) == before
    assert not Invitation.objects.exclude(accepted_at=None).exists()


def test_another_account_is_told_so_and_gets_in_nowhere(cast: Cast, now: datetime) -> None:
    address, client = invited(cast, now), entered(cast.outsider)
    before = people_of(cast)

    page = client.get(address).content.decode()
    answer = client.post(address, FRESH)

    assert "You are logged in as outsider@example.com" in page
    assert answer.status_code == 403
    assert people_of(cast) == before
    left = client.post("/logout/", {"next": address})
    assert left["Location"] == address
    assert 'name="password"' in client.get(address).content.decode()


def test_an_invitation_works_once(cast: Cast, now: datetime) -> None:
    address = invited(cast, now, "outsider@example.com")

    first = entered(cast.outsider).post(address)
    Membership.objects.get(team=cast.team, user=cast.outsider).delete()
    second, looked = entered(cast.outsider).post(address), Client().get(address)

    assert first["Location"] == "/t/ops/"
    assert (second.status_code, looked.status_code) == (404, 404)
    assert "outsider@example.com" not in people_of(cast)


def test_who_has_an_account_logs_in_first_and_comes_back(cast: Cast, now: datetime, client: Client) -> None:
    address = invited(cast, now, "outsider@example.com", "viewer")
    login = re.search(r'href="(/login/\?next=[^"]+)"', client.get(address).content.decode())
    assert login is not None
    assert client.post(address, FRESH)["Location"] == f"/login/?next={address}"

    back = client.post(login[1], {"username": "outsider@example.com", "password": "correct horse battery"})
    accepted = client.post(back["Location"])

    assert back["Location"] == address
    assert accepted["Location"] == "/t/ops/"
    assert Membership.objects.get(team=cast.team, user=cast.outsider).role == Role.VIEWER
    assert User.objects.get(pk=cast.outsider.pk).check_password("correct horse battery")


def revoke(cast: Cast, inviter: User, now: datetime) -> None:
    services.revoke_invitation(acting(cast), Invitation.objects.get(), now)


def remove(cast: Cast, inviter: User, now: datetime) -> None:
    services.remove_member(acting(cast), Membership.objects.get(user=inviter), now)


def demote(cast: Cast, inviter: User, now: datetime) -> None:
    services.change_role(acting(cast), Membership.objects.get(user=inviter), Role.MEMBER, now)


def demote_and_promote(cast: Cast, inviter: User, now: datetime) -> None:
    demote(cast, inviter, now)
    services.change_role(acting(cast), Membership.objects.get(user=inviter), Role.ADMIN, now)


def leave(cast: Cast, inviter: User, now: datetime) -> None:
    services.leave_team(acting(cast, inviter), now)


def deactivate(cast: Cast, inviter: User, now: datetime) -> None:
    User.objects.filter(pk=inviter.pk).update(is_active=False)


def lose_it_unseen(cast: Cast, inviter: User, now: datetime) -> None:
    Membership.objects.filter(user=inviter).update(role=Role.MEMBER)


def wait_a_week(cast: Cast, inviter: User, now: datetime) -> None:
    Invitation.objects.update(expires_at=now)


@pytest.mark.parametrize(
    "end", [revoke, remove, demote, demote_and_promote, leave, deactivate, lose_it_unseen, wait_a_week]
)
def test_a_dead_invitation_is_the_same_page_as_one_that_never_was(
    cast: Cast, now: datetime, end: Callable[[Cast, User, datetime], None]
) -> None:
    inviter = UserFactory.create(name="Second")
    MembershipFactory.create(team=cast.team, user=inviter, role=Role.ADMIN)
    _, token = services.invite(acting(cast, inviter), "new@example.com", "member", now)
    assert Client().get(f"/invitations/{token}/").status_code == 200

    end(cast, inviter, now)

    looked, unknown = Client().get(f"/invitations/{token}/"), Client().get("/invitations/never/")
    assert (looked.status_code, looked.content) == (404, unknown.content)
    assert Client().post(f"/invitations/{token}/", FRESH).status_code == 404
    assert not User.objects.filter(email="new@example.com").exists()


def test_an_invitation_ends_after_seven_days(cast: Cast, now: datetime) -> None:
    _, token = services.invite(acting(cast), "new@example.com", "member", now)

    assert find(token, now + timedelta(days=7, seconds=-1)).email == "new@example.com"
    with pytest.raises(InvitationDead):
        find(token, now + timedelta(days=7))


def test_only_people_who_manage_invite_and_revoke(cast: Cast, now: datetime) -> None:
    invitation, _ = services.invite(acting(cast), "new@example.com", "member", now)
    for actor in (acting(cast, cast.member), acting(cast, cast.viewer), Actor.system(cast.team)):
        with pytest.raises(PermissionDenied):
            services.invite(actor, "other@example.com", "viewer", now)
    with pytest.raises(PermissionDenied):
        services.revoke_invitation(acting(cast, cast.member), invitation, now)
    stranger = actor_for(cast.outsider, cast.other_team)
    assert stranger is not None
    with pytest.raises(PermissionDenied):
        services.revoke_invitation(stranger, invitation, now)
    assert Invitation.objects.filter(revoked_at=None).count() == 1


@pytest.mark.parametrize(
    ("email", "role", "field", "text"),
    [
        ("nobody", "viewer", "email", "no e-mail address"),
        ("Member@example.com", "viewer", "email", "is a member already"),
        ("waiting@example.com", "viewer", "email", "is invited already"),
        ("a@example.com", "god", "role", "is no role"),
    ],
)
def test_a_refused_invitation_names_the_field(
    cast: Cast, now: datetime, email: str, role: str, field: str, text: str
) -> None:
    services.invite(acting(cast), "waiting@example.com", "viewer", now)

    with pytest.raises(ValidationError) as refusal:
        services.invite(acting(cast), email, role, now)

    assert text in refusal.value.message_dict[field][0]
    assert Invitation.objects.count() == 1


def test_a_role_beyond_ones_own_is_not_offered(cast: Cast, now: datetime) -> None:
    actor = Actor(team=cast.team, role=Role.MEMBER, user=cast.owner)
    with pytest.raises(PermissionDenied):
        services.invite(actor, "a@example.com", "admin", now)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"password": "short", "again": "short"}, "at least 10 characters"),
        ({"again": "another long one"}, "The two passwords differ."),
        ({"password": "new@example.com", "again": "new@example.com"}, "too similar"),
        ({"name": " "}, "This field is required."),
    ],
)
def test_a_weak_password_is_refused_and_the_invitation_stays(
    cast: Cast, now: datetime, client: Client, typed: dict[str, str], said: str
) -> None:
    address = invited(cast, now)

    refused = client.post(address, {**FRESH, **typed})

    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert not User.objects.filter(email="new@example.com").exists()
    assert client.post(address, FRESH)["Location"] == "/t/ops/"


def test_who_became_a_member_meanwhile_is_told(cast: Cast, now: datetime) -> None:
    address = invited(cast, now, "outsider@example.com")
    MembershipFactory.create(team=cast.team, user=cast.outsider, role=Role.VIEWER)

    answer = entered(cast.outsider).post(address)

    assert answer.status_code == 409
    assert "You are a member of Ops already." in answer.content.decode()
    assert Membership.objects.get(team=cast.team, user=cast.outsider).role == Role.VIEWER


def test_of_two_accounts_opened_at_the_same_moment_one_is_refused(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    address = invited(cast, now)

    def meanwhile(password: str, user: User) -> None:
        User.objects.create_user(user.email, password, name="Quicker", created_at=now)

    monkeypatch.setattr("teams.services.invitations.validate_password", meanwhile)
    answer = client.post(address, FRESH)

    assert answer.status_code in (409, 422)
    assert "This address has an account already." in answer.content.decode()
    assert "new@example.com" not in people_of(cast)


def test_an_address_answers_twenty_times_in_a_quarter_of_an_hour(cast: Cast, now: datetime, client: Client) -> None:
    address = invited(cast, now)
    statuses = [client.post("/invitations/guess/").status_code for _ in range(20)]

    assert set(statuses) == {404}
    assert client.post(address, FRESH).status_code == 429
    assert client.post(address, FRESH, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_a_team_invites_a_hundred_people_a_day(cast: Cast, now: datetime) -> None:
    for n in range(100):
        services.invite(acting(cast), f"p{n}@example.com", "viewer", now)
    with pytest.raises(TooOften):
        services.invite(acting(cast), "more@example.com", "viewer", now)


def test_the_token_stands_in_the_page_and_the_mail_that_show_it_and_nowhere_else(
    cast: Cast, now: datetime, client: Client
) -> None:
    client.force_login(cast.owner)
    page = client.post("/t/ops/team/invitations/", {"email": "new@example.com", "role": "viewer"})
    for thread in [each for each in threading.enumerate() if each.name == "invitation-mail"]:
        thread.join(PATIENT)

    link = re.search(r"http://127\.0\.0\.1:8000/invitations/([\w-]{43})/", page.content.decode())
    assert link is not None
    assert "no-store" in page["Cache-Control"]
    assert link[0] in mail.outbox[0].body
    assert mail.outbox[0].to == ["new@example.com"]
    rows = [list(model.objects.values()) for model in (Invitation, AuditEntry)]
    assert link[1] not in str(rows) + str(dict(client.session)) + client.get("/t/ops/team/").content.decode()


def test_without_a_mail_server_no_mail_is_written_anywhere(
    cast: Cast, client: Client, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    client.force_login(cast.owner)

    page = client.post("/t/ops/team/invitations/", {"email": "new@example.com", "role": "viewer"})

    assert "give them the link yourself" in page.content.decode()
    assert "invitations" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("path", ["/invitations/SECRET/", "/reset/MQ/SECRET/", "/hooks/hipchat/SECRET/"])
def test_no_log_line_holds_what_opens_a_door(path: str) -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 1, "Internal Server Error: %s", (path,), None)

    assert "SECRET" not in JsonLines().format(record)
