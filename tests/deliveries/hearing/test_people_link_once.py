"""A person in a chat is a member once that member says so, logged in, by a link that works once: row 13."""

import json
import re
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from channels_app.hearing import Person
from deliveries.hearing import links, people
from deliveries.hearing.commands import Verb
from deliveries.models import ChatIdentity
from integrations import services
from integrations.models import Integration
from teams.access import Actor, actor_for
from teams.models import AuditEntry, Membership, Team, User
from tests.conftest import Cast
from tests.deliveries.hearing.calls import OTHER_SECRET, WORKSPACE, history, linked, slack_app, slash
from tests.deliveries.hearing.conftest import Room
from tests.hostile import HOSTILE
from tests.patience import PATIENT

ADDRESS = re.compile(r"http://127\.0\.0\.1:8000(/t/[^|>\"\s\\]+)")


def offered(said: str = "link", person: str = "U9") -> str:
    """The path of the link that somebody unlinked is told."""
    found = ADDRESS.search(str(slash(said, person)))
    assert found
    return found[1]


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def who(room: Room, person: str = "U9") -> User | None:
    return people.identity_of(room.slack, Person(WORKSPACE, person, ""))


def actor(user: User, team: Team) -> Actor:
    found = actor_for(user, team)
    assert found is not None
    return found


def test_an_unlinked_person_is_told_how_and_acts_afterwards(room: Room, cast: Cast) -> None:
    path = offered("ack 1")
    assert history(room.alert) == []

    page = logged_in(cast.owner).get(path).content.decode()
    done = logged_in(cast.owner).post(path)

    assert all(each in page for each in ("ann", "U9", "T0001", "ops", "owner@example.com", "Slack", "Ops"))
    assert (done.status_code, done["Location"]) == (302, "/t/ops/chat/")
    slash("ack 1", "U9")
    assert history(room.alert) == [("acknowledged", "Owner", "slack")]


@pytest.mark.parametrize("verb", Verb)
def test_an_unlinked_person_learns_the_name_of_the_team_and_no_more(verb: Verb, room: Room, cast: Cast) -> None:
    told = [slash(f"{verb} {rest}", "U9") for rest in ("", "1", "1 text", "99", "1 2", "1 member@example.com")]

    for word in ("Too slow", "Checkout", "#1", "Member", "Owner", "Viewer", "member@example.com"):
        assert word not in json.dumps(told), word
    assert history(room.alert) == []


def test_looking_links_nobody(room: Room, cast: Cast) -> None:
    path = offered()
    client = logged_in(cast.owner)

    for method in (client.get, client.head, client.get):
        assert method(path).status_code == 200

    assert who(room) is None


def test_a_link_works_once(room: Room, cast: Cast) -> None:
    path = offered()
    logged_in(cast.owner).post(path)
    people.disconnect(actor(cast.owner, cast.team), ChatIdentity.objects.get(person="U9"), timezone.now())

    again = logged_in(cast.member).post(path)

    assert again.status_code == 409
    assert "This link is over" in again.content.decode()
    assert "This link is over" in logged_in(cast.member).get(path).content.decode()
    assert who(room) is None


def test_a_link_is_over_after_ten_minutes(room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    path, later = offered(), timezone.now() + timedelta(minutes=10, seconds=1)
    client = logged_in(cast.owner)
    monkeypatch.setattr(timezone, "now", lambda: later)

    assert "This link is over" in client.get(path).content.decode()
    assert client.post(path).status_code == 409
    assert who(room) is None


def test_another_teams_people_find_no_such_page(room: Room, cast: Cast) -> None:
    path = offered()

    assert logged_in(cast.outsider).post(path).status_code == 404
    assert logged_in(cast.outsider).post(path.replace("/ops/", "/rivals/")).status_code == 404
    assert Client().post(path)["Location"].startswith("/login/")
    assert who(room) is None


def test_a_link_that_was_made_or_changed_by_hand_is_none(room: Room, cast: Cast) -> None:
    path = offered()
    client = logged_in(cast.owner)

    for wrong in (path[:-2] + "/", path.replace("/link/", "/link/W"), "/t/ops/chat/link/a.b/", "/t/ops/chat/link/%00/"):
        assert client.post(wrong).status_code in (400, 404)

    assert who(room) is None


@pytest.mark.parametrize("gone", ["secret", "switched off", "removed"])
def test_a_link_of_an_integration_that_is_another_now_is_none(gone: str, room: Room, cast: Cast, now: datetime) -> None:
    path, system = offered(), Actor.system(cast.team)
    if gone == "secret":
        services.update(system, room.slack, config={"signing_secret": OTHER_SECRET}, now=now)
    elif gone == "switched off":
        services.update(system, room.slack, enabled=False, now=now)
    else:
        services.archive(system, room.slack, now)

    assert logged_in(cast.owner).post(path).status_code == 404
    assert not ChatIdentity.objects.filter(person="U9").exists()


def test_a_link_of_one_integration_links_with_no_other(room: Room, cast: Cast) -> None:
    other = slack_app(cast.team, "second", OTHER_SECRET, "#second")
    logged_in(cast.owner).post(offered())

    assert people.identity_of(other, Person(WORKSPACE, "U9", "")) is None
    assert "does not know yet" in slash("list", "U9", OTHER_SECRET)["text"]


def test_who_is_linked_already_is_not_taken_over(room: Room, cast: Cast) -> None:
    path = offered()
    linked(cast.member, room.slack, "U9")

    page, done = logged_in(cast.owner).get(path), logged_in(cast.owner).post(path)

    assert page.status_code == done.status_code == 403
    assert "Another member" in done.content.decode()
    assert who(room) == cast.member
    with pytest.raises(PermissionDenied):
        linked(cast.owner, room.slack, "U9")


def test_who_left_makes_room(room: Room, cast: Cast) -> None:
    linked(cast.member, room.slack, "U9")
    Membership.objects.filter(user=cast.member).delete()

    logged_in(cast.owner).post(offered())

    assert who(room) == cast.owner
    assert ChatIdentity.objects.filter(person="U9").count() == 1


def test_linking_twice_is_linking_once(room: Room, cast: Cast) -> None:
    first, second = offered(), offered()
    client = logged_in(cast.owner)
    client.post(first)

    assert "already" in client.get(second).content.decode()
    assert client.post(second).status_code == 200
    assert AuditEntry.objects.filter(action="chat_identity.linked", actor=cast.owner).count() == 1
    assert "You are linked as Owner already" in slash("link", "U9")["text"]


def test_the_member_gets_a_mail_and_the_team_its_evidence(
    room: Room, cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    person = Person(WORKSPACE, "U9", "Reset at http://evil.example/ now\r\nBcc: x@evil.example")

    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        people.connect(cast.owner, room.slack, person, timezone.now())
    said = _mailed(callbacks)

    assert said.to == ["owner@example.com"]
    assert said.subject == "You are linked with Slack in the team Ops"
    assert "evil.example" not in said.body
    assert "http://127.0.0.1:8000/t/ops/chat/" in said.body
    entry = AuditEntry.objects.get(action="chat_identity.linked", actor=cast.owner)
    assert entry.changes == {"user": [None, "owner@example.com"]}


def _mailed(callbacks: list[Any]) -> Any:
    for callback in callbacks:
        callback()
    for thread in threading.enumerate():
        if thread.name == "chat-linked-mail":
            thread.join(PATIENT)
    return mail.outbox[-1]


@pytest.mark.parametrize(
    ("workspace", "person"), [("T1", ""), ("T1", "U" * 101), ("T" * 101, "U1"), ("T1", "U\x00"), ("T1", "U\ud800")]
)
def test_ids_that_could_not_be_told_apart_are_nobodys(workspace: str, person: str, room: Room, cast: Cast) -> None:
    somebody = Person(workspace, person, "Ann")

    assert people.offer(room.slack, somebody, timezone.now()) == ""
    assert people.identity_of(room.slack, somebody) is None
    with pytest.raises(PermissionDenied):
        people.connect(cast.owner, room.slack, somebody, timezone.now())


def test_without_a_secret_that_proves_calls_nobody_is_known(room: Room, cast: Cast) -> None:
    Integration.objects.filter(pk=room.slack.pk).update(hears_key="")
    unproven = Integration.objects.get(pk=room.slack.pk)

    assert people.offer(unproven, Person("T1", "U1", "Ann"), timezone.now()) == ""
    with pytest.raises(PermissionDenied):
        people.connect(cast.owner, unproven, Person("T1", "U1", "Ann"), timezone.now())


def test_only_the_teams_people_can_be_linked(room: Room, cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        people.connect(cast.outsider, room.slack, Person(WORKSPACE, "U9", "Eve"), timezone.now())


def test_one_unlinks_oneself_in_the_chat(room: Room) -> None:
    assert slash("unlink")["text"] == "You are not linked any more."
    assert who(room, "U1") is None
    assert slash("unlink")["text"] == "You are not linked."


def test_everybody_sees_their_own_and_admins_see_all(room: Room, cast: Cast) -> None:
    own = logged_in(cast.viewer).get("/t/ops/chat/").content.decode()
    everybodys = logged_in(cast.owner).get("/t/ops/chat/").content.decode()

    assert "(U2)" in own
    assert "(U1)" not in own
    assert "(U1)" in everybodys
    assert "(U2)" in everybodys


@pytest.mark.parametrize("gone", ["secret", "switched off", "removed"])
def test_who_is_heard_no_more_is_marked_on_the_page(gone: str, room: Room, cast: Cast, now: datetime) -> None:
    system, client = Actor.system(cast.team), logged_in(cast.viewer)
    assert "not heard now" not in client.get("/t/ops/chat/").content.decode()

    if gone == "secret":
        services.update(system, room.slack, config={"signing_secret": OTHER_SECRET}, now=now)
    elif gone == "switched off":
        services.update(system, room.slack, enabled=False, now=now)
    else:
        services.archive(system, room.slack, now)

    assert "not heard now" in client.get("/t/ops/chat/").content.decode()


def test_one_unlinks_oneself_on_the_page_and_an_admin_anybody(room: Room, cast: Cast) -> None:
    members, viewers = (ChatIdentity.objects.get(person=each).pk for each in ("U1", "U2"))

    assert logged_in(cast.viewer).post(f"/t/ops/chat/{members}/unlink/").status_code == 404
    assert logged_in(cast.outsider).post(f"/t/rivals/chat/{members}/unlink/").status_code == 404
    assert logged_in(cast.viewer).post(f"/t/ops/chat/{viewers}/unlink/").status_code == 302
    assert logged_in(cast.owner).post(f"/t/ops/chat/{members}/unlink/").status_code == 302

    assert not ChatIdentity.objects.exists()
    assert AuditEntry.objects.filter(action="chat_identity.unlinked").count() == 2
    assert logged_in(cast.owner).get(f"/t/ops/chat/{members}/unlink/").status_code == 405


def test_names_from_chat_stay_text_on_the_pages(room: Room, cast: Cast) -> None:
    person = Person(HOSTILE[:99], HOSTILE[:100], HOSTILE)
    path = people.offer(room.slack, person, timezone.now()).removeprefix("http://127.0.0.1:8000")
    client = logged_in(cast.owner)

    asked = client.get(path).content.decode()
    client.post(path)
    listed = client.get("/t/ops/chat/").content.decode()

    for page in (asked, listed):
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_crash_while_linking_uses_up_nothing(room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    path = offered()

    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    client = logged_in(cast.owner)
    with monkeypatch.context() as patched:
        patched.setattr("deliveries.hearing.people.audit.record", crash)
        with pytest.raises(KeyboardInterrupt):
            client.post(path)

    assert who(room) is None
    assert logged_in(cast.owner).post(path).status_code == 302
    assert timedelta(minutes=10) == links.KEPT_FOR
