"""Where all of a room reads the link, opening it links nobody: who asked for it says the code that its page shows."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from channels_app.hearing import Person
from deliveries.hearing import codes, people
from deliveries.models import ChatIdentity
from integrations.models import Integration
from teams.models import AuditEntry, Membership, User
from tests.conftest import Cast
from tests.deliveries.hearing.calls import JWT_SECRET, hipchat_room, slash, speak, speech, token
from tests.deliveries.hearing.conftest import Room

ANN, MALLORY = 661743, 666
SERVER = "hipchat.example.org"
ADDRESS = re.compile(r"http://127\.0\.0\.1:8000(/t/[^|>\"\s\\]+)")
CODE = re.compile(r"/bellhop link ([0-9]+-[A-Z2-7]+)")


@pytest.fixture
def ops(cast: Cast) -> Integration:
    return hipchat_room(cast.team, oauth_secret=JWT_SECRET)


def say(place: Integration, text: str, speaker: int = ANN) -> str:
    """Say it as that person, with a good token; what the room reads."""
    now = timezone.now()
    said = speech(text, now)
    said["item"]["message"]["from"]["id"] = speaker
    response = speak(place, "", said, token(now, sub=str(speaker)))
    assert response.status_code == 200
    return str(response.json()["message"])


def link_of(place: Integration, speaker: int = ANN) -> str:
    found = ADDRESS.search(say(place, "/bellhop link", speaker))
    assert found
    return found[1]


def opened(path: str, user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.get(path).content.decode()


def code_in(page: str) -> str:
    found = CODE.search(page)
    assert found, page
    return found[1]


def who(place: Integration, speaker: int = ANN) -> User | None:
    return people.identity_of(place, Person(SERVER, str(speaker), ""))


def test_one_opens_the_link_and_says_its_code(ops: Integration, cast: Cast) -> None:
    page = opened(link_of(ops), cast.member)

    assert all(each in page for each in ("ann", str(ANN), "member@example.com", "Operations"))
    assert who(ops) is None
    said = say(ops, f"/bellhop link {code_in(page)}")

    assert "You are linked as Member now." in said
    assert who(ops) == cast.member
    assert AuditEntry.objects.filter(action="chat_identity.linked", actor=cast.member).count() == 1
    assert "You are Member" in say(ops, "/bellhop who")


def test_opening_and_pressing_link_nobody(ops: Integration, cast: Cast) -> None:
    path, client = link_of(ops), Client()
    client.force_login(cast.owner)

    assert '<form method="post" class="bar"' not in client.get(path).content.decode()
    assert client.post(path).status_code == 409

    assert who(ops) is None


def test_another_reader_who_is_faster_gains_nothing(ops: Integration, cast: Cast) -> None:
    path = link_of(ops)
    theirs, mine = code_in(opened(path, cast.owner)), code_in(opened(path, cast.member))

    assert theirs != mine
    assert "no good" in say(ops, f"/bellhop link {theirs}", MALLORY)
    say(ops, f"/bellhop link {mine}")

    assert (who(ops), who(ops, MALLORY)) == (cast.member, None)


def test_a_code_that_somebody_else_said_is_used_up(ops: Integration, cast: Cast) -> None:
    """Whoever has a member open their own link, and say its code, cannot say it themselves afterwards."""
    code = code_in(opened(link_of(ops, MALLORY), cast.member))

    assert "no good" in say(ops, f"/bellhop link {code}", ANN)
    assert "no good" in say(ops, f"/bellhop link {code.lower()}", MALLORY)

    assert not ChatIdentity.objects.exists()


def test_a_code_is_good_once(ops: Integration, cast: Cast) -> None:
    path = link_of(ops)
    code = code_in(opened(path, cast.member))
    say(ops, f"/bellhop link {code.lower()}")
    assert "You are linked" in opened(path, cast.member)
    say(ops, "/bellhop unlink")

    assert "no good" in say(ops, f"/bellhop link {code}")

    assert who(ops) is None
    assert "This link is over" in opened(path, cast.member)


def test_a_code_is_over_with_its_link(ops: Integration, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    path = link_of(ops)
    code, now = code_in(opened(path, cast.member)), timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=11))

    assert "This link is over" in opened(path, cast.member)
    assert "no good" in say(ops, f"/bellhop link {code}")

    assert who(ops) is None


@pytest.mark.parametrize("how", ["another user", "a letter", "short", "long", "of nobody", "no code", "huge"])
def test_a_code_that_was_made_up_is_no_good(how: str, ops: Integration, cast: Cast) -> None:
    number, _, proof = code_in(opened(link_of(ops), cast.member)).partition("-")
    wrong = {
        "another user": f"{cast.owner.pk}-{proof}",
        "a letter": f"{number}-{'A' if proof[0] != 'A' else 'B'}{proof[1:]}",
        "short": f"{number}-{proof[:-1]}",
        "long": f"{number}-{proof}A",
        "of nobody": f"999999-{proof}",
        "no code": "me",
        "huge": f"{'9' * 30}-{proof}",
    }

    assert "no good" in say(ops, f"/bellhop link {wrong[how]}")

    assert not ChatIdentity.objects.exists()


@pytest.mark.parametrize("gone", ["left", "inactive", "secret"])
def test_a_code_of_who_is_nobody_any_more_is_no_good(gone: str, ops: Integration, cast: Cast) -> None:
    code = code_in(opened(link_of(ops), cast.member))
    if gone == "left":
        Membership.objects.filter(user=cast.member).delete()
    elif gone == "inactive":
        User.objects.filter(pk=cast.member.pk).update(is_active=False)
    else:
        Integration.objects.filter(pk=ops.pk).update(hears_key="f" * 64)

    say(ops, f"/bellhop link {code}")

    assert not ChatIdentity.objects.exists()


def test_who_is_linked_already_is_not_taken_over(ops: Integration, cast: Cast) -> None:
    path = link_of(ops)
    code = code_in(opened(path, cast.owner))
    people.connect(cast.member, ops, Person(SERVER, str(ANN), "ann"), timezone.now())

    assert "linked as Member already" in say(ops, f"/bellhop link {code}")
    assert "Another member" in opened(path, cast.owner)
    assert who(ops) == cast.member


def test_a_code_of_another_room_of_the_team_needs_its_secret(ops: Integration, cast: Cast) -> None:
    person, now = Person(SERVER, str(ANN), "ann"), timezone.now()
    until = now + timedelta(minutes=10)
    other = hipchat_room(cast.team, "Other", oauth_secret=JWT_SECRET[::-1])

    code = codes.code_for(cast.member, ops, person, until)

    assert codes.user_of(code, ops, person, now) == cast.member
    assert codes.user_of(code, other, person, now) is None
    assert codes.user_of(code, ops, Person(SERVER, "1", "ann"), now) is None
    assert codes.user_of(code, ops, Person("elsewhere", str(ANN), "ann"), now) is None


def test_where_only_the_asker_reads_the_link_a_press_is_enough(room: Room, settings: Settings) -> None:
    assert not people.is_overheard(room.slack)
    assert "say here" not in slash("link", "U9")["text"]
