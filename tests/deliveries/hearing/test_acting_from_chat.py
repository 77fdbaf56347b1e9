"""What is said in a chat happens once, by whom and as pages allow it; twice or too late changes nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from alerts import lifecycle
from alerts.models import Alert, AlertEvent, Mute
from alerts.services import acting
from channels_app.words import Severity
from teams.access import Actor, actor_for
from teams.models import Membership
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.hearing.calls import history, linked, mark_of, press, slash, text_of
from tests.deliveries.hearing.conftest import Room
from tests.deliveries.stage import clear, rule_for, trigger


@pytest.mark.parametrize(
    ("said", "event"),
    [
        ("ack 1", "acknowledged"),
        ("ACK #1", "acknowledged"),
        ("assign 1", "assigned"),
        ("assign #1 me", "assigned"),
        ("assign 1 <@U1|ann>", "assigned"),
        ("assign 1 member@example.com", "assigned"),
        ("assign 1 <mailto:member@example.com|member@example.com>", "assigned"),
        ("close 1 restarted 3 hosts", "cleared"),
        ("note 1 2 disks are full", "noted"),
    ],
)
def test_a_command_does_it_in_the_name_of_the_linked_member(said: str, event: str, room: Room, cast: Cast) -> None:
    answer = slash(said)

    row = AlertEvent.objects.get(alert=room.alert, type=event)
    assert (row.actor, row.actor_text, row.via, row.origin) == (cast.member, "Member", "slack", room.slack)
    assert answer["response_type"] == "in_channel"
    assert answer["text"].startswith("Member has ")
    assert "#1: Too slow on Checkout" in answer["text"]


@pytest.mark.parametrize(("deed", "event"), [("ack", "acknowledged"), ("assign", "assigned"), ("close", "cleared")])
def test_a_button_does_it(deed: str, event: str, room: Room) -> None:
    response = press(mark_of(room.slack, room.alert), deed)

    assert (response.status_code, response.content) == (200, b"")
    assert history(room.alert) == [(event, "Member", "slack")]


def test_texts_are_kept_whole(room: Room) -> None:
    slash("note 1 2 disks & <b>one</b> host")
    slash("close #1 3 disks replaced")

    details = dict(AlertEvent.objects.filter(alert=room.alert).values_list("type", "detail"))
    assert details["noted"]["text"] == "2 disks & <b>one</b> host"
    assert details["cleared"]["text"] == "3 disks replaced"


def test_an_acknowledgement_is_taken_back_by_a_button(room: Room) -> None:
    mark = mark_of(room.slack, room.alert)

    press(mark, "ack")
    press(mark, "unack")

    assert [kind for kind, *_ in history(room.alert)] == ["acknowledged", "unacknowledged"]


def test_an_acknowledgement_is_taken_back(room: Room) -> None:
    slash("ack 1")
    slash("unack 1")

    assert [each[0] for each in history(room.alert)] == ["acknowledged", "unacknowledged"]


def test_several_alerts_at_once(room: Room, cast: Cast) -> None:
    other = trigger(rule_for(cast.team, room.slack, name="Two", test=make_test(cast.team, "two")), timezone.now())

    answer = slash(f"ack {room.alert.number}, #{other.number} 99")

    assert history(room.alert) == history(other) == [("acknowledged", "Member", "slack")]
    assert "There is no alert #99 that was told here." in text_of(answer)


def test_what_fails_for_one_of_several_is_said_of_that_one_alone(
    room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = trigger(rule_for(cast.team, room.slack, name="Two", test=make_test(cast.team, "two")), timezone.now())
    act = acting.act

    def failing(actor: Any, alert: Alert, *rest: Any) -> Any:
        if alert == other:
            raise OperationalError("the database is away")
        return act(actor, alert, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(acting, "act", failing)
        answer = slash("ack 1 2")

    assert answer["text"].splitlines()[0].startswith("Member has acknowledged #1: ")
    assert text_of(answer).endswith(
        "#2: Bellhop could not do this just now, as far as it knows. Look at the alert, and try again."
    )
    assert (len(history(room.alert)), history(other)) == (1, [])


@pytest.mark.parametrize("said", ["ack 1", "assign 1 me", "note 1 on it"])
def test_twice_is_one_event_and_a_kind_word(said: str, room: Room) -> None:
    slash(said)
    again = slash(said)

    assert len(history(room.alert)) == 1
    assert "already" in again["text"]
    assert again["response_type"] == "ephemeral"


@pytest.mark.parametrize(
    ("said", "answered"),
    [("ack 1", "#1 was acknowledged by Owner already."), ("assign 1 me", "#1 was Member’s already.")],
)
def test_who_was_faster_by_a_moment_is_named(
    said: str, answered: str, room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, owner = acting.act, actor_for(cast.owner, cast.team)

    def late(actor: Actor, alert: Alert, action: str, fields: Any, now: datetime) -> Any:
        assert owner is not None
        act(owner, Alert.objects.get(pk=alert.pk), action, {"to": cast.member.email}, now)
        return act(actor, alert, action, fields, now)

    monkeypatch.setattr(acting, "act", late)

    assert slash(said)["text"] == answered


@pytest.mark.parametrize("said", ["ack 1", "unack 1", "assign 1 me", "note 1 late", "close 1"])
def test_a_cleared_alert_stays_as_it_is(said: str, room: Room) -> None:
    clear(room.alert, timezone.now())

    answer = slash(said)

    assert [each[0] for each in history(room.alert)] == ["cleared"]
    assert "#1 is over since" in answer["text"]
    assert "(recovered). Nothing changed." in answer["text"]


@pytest.mark.parametrize("said", ["ack 1", "unack 1", "assign 1 me", "note 1 x", "close 1", "mute 1", "unmute 1"])
def test_a_viewer_may_ask_but_not_act(said: str, room: Room) -> None:
    answer = slash(said, "U2")

    assert history(room.alert) == []
    assert answer["text"] == "Your role (viewer) may not act."
    assert "1 alert is open" in slash("list", "U2")["text"]


def test_the_role_counts_that_one_has_now(room: Room, cast: Cast) -> None:
    Membership.objects.filter(user=cast.member).update(role="viewer")

    assert slash("ack 1")["text"] == "Your role (viewer) may not act."
    assert history(room.alert) == []


@pytest.mark.parametrize("gone", ["membership", "person"])
def test_who_left_the_team_acts_no_more(gone: str, room: Room, cast: Cast) -> None:
    if gone == "membership":
        Membership.objects.filter(user=cast.member).delete()
    else:
        type(cast.member).objects.filter(pk=cast.member.pk).update(is_active=False)

    answer = slash("ack 1")

    assert history(room.alert) == []
    assert "does not know yet who you are" in answer["text"]


@pytest.mark.parametrize("to", ["viewer@example.com", "outsider@example.com", "nobody@example.com"])
def test_nobody_is_given_an_alert_who_could_not_act_on_it(to: str, room: Room) -> None:
    answer = slash(f"assign 1 {to}")

    assert history(room.alert) == []
    assert answer["text"] == f"{to} is not a member of this team who may act on alerts."


def test_the_list_names_what_is_open_and_was_told_here_most_severe_first(room: Room, cast: Cast) -> None:
    elsewhere = rule_for(cast.team, name="Elsewhere", test=make_test(cast.team, "elsewhere"))
    minor = rule_for(cast.team, room.slack, name="Minor thing", test=make_test(cast.team, "minor"))
    trigger(minor, timezone.now(), Severity.MINOR)
    trigger(elsewhere, timezone.now())
    slash("ack 1")

    said = text_of(slash("list"))

    assert "2 alerts are open" in said
    assert said.index("Too slow on Checkout") < said.index("Minor thing")
    room.alert.refresh_from_db()
    assert f"Acknowledged by Member since {room.alert.acknowledged_at:%Y-%m-%d %H:%M} UTC." in said
    assert "Elsewhere" not in said


def test_who_has_what_is_over_is_told_as_over(room: Room) -> None:
    slash("ack 1")
    slash("close 1 restarted")

    said = text_of(slash("who 1"))

    assert "It is over since " in said
    assert "(closed by hand). It was acknowledged by Member." in said
    assert "Nobody has it" not in said


def test_a_long_list_is_cut(room: Room, cast: Cast) -> None:
    tests = [make_test(cast.team, f"host-{number}") for number in range(25)]
    for test in tests:
        trigger(rule_for(cast.team, room.slack, name=f"Down {test.slug}", test=test), timezone.now(), Severity.MAJOR)

    said = slash("list")

    assert "More than 20 alerts are open" in said["text"]
    assert text_of(said).count("Down host-") == 19


def test_who_has_it_and_who_was_told(room: Room) -> None:
    slash("assign 1 me")

    said = text_of(slash("who 1"))

    assert "Assigned to Member." in said
    assert "ops: 1 waiting" in said
    assert slash("who")["text"] == "You are Member, member of Ops."


def test_recipients_are_not_named_in_a_room(room: Room, cast: Cast) -> None:
    rule = rule_for(
        cast.team, room.slack, name="Mails", test=make_test(cast.team, "m"), recipients=["boss@example.com"]
    )
    alert = trigger(rule, timezone.now())

    said = text_of(slash(f"who {alert.number}"))

    assert "E-mail: 1 " in said
    assert "boss@example.com" not in said


@pytest.mark.parametrize(
    ("said", "minutes"), [("mute 1", 60), ("mute 1 30m", 30), ("mute 1 2 hours", 120), ("mute #1 for good", None)]
)
def test_a_mute_is_of_the_alerts_test(said: str, minutes: int | None, room: Room, cast: Cast) -> None:
    answer = slash(said)

    mute = Mute.objects.get()
    assert (mute.test, mute.rule, mute.by) == (room.alert.test, None, cast.member)
    assert (mute.until - mute.began_at if mute.until else None) == (timedelta(minutes=minutes) if minutes else None)
    assert answer["text"].startswith("Member has muted alerts of test Checkout until")


def test_a_mute_that_is_long_enough_already_is_not_made_again(room: Room) -> None:
    slash("mute 1 2h")

    assert "already" in slash("mute 1 1h")["text"]
    assert Mute.objects.count() == 1


def test_a_mute_is_ended(room: Room) -> None:
    slash("mute 1")

    assert slash("unmute 1")["text"] == "Member has ended the mute of test Checkout."
    assert Mute.objects.get().ended_at is not None
    assert slash("unmute 1")["text"] == "Alerts of test Checkout are not muted by themselves."


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("ack", "Say which alert: ack 17"),
        ("ack seventeen", "Say which alert: ack 17"),
        ("mute", "Say which alert: mute 17"),
        ("mute 1 long", "For how long?"),
        ("mute 1 0m", "For how long?"),
        ("explode 1", "“explode” is nothing that Bellhop knows. It knows: list, ack"),
        ("note 1", "A note needs a text."),
        ("ack " + " ".join(map(str, range(1, 23))), "At most 20 at once"),
        ("mute 1 99999999m", "For how long?"),
        ("mute 1 for 2 years", "“for 2 years” is no time that Bellhop knows."),
        ("mute 1 999999m", "44640"),
        ("assign 1 <@U9>", "not linked with a member"),
    ],
)
def test_what_is_unclear_is_answered_kindly(said: str, hint: str, room: Room) -> None:
    answer = slash(said)

    assert hint in answer["text"].replace(",640", "640")
    assert answer["response_type"] == "ephemeral"
    assert history(room.alert) == []


@pytest.mark.parametrize("said", ["", "help", "HELP", "  help me"])
def test_help_is_for_everybody(said: str, room: Room) -> None:
    said = text_of(slash(said, "U9"))

    assert "/bellhop" in said
    assert "ack 17" in said


def test_what_people_did_on_the_page_is_known_in_the_chat(room: Room, cast: Cast) -> None:
    owner = actor_for(cast.owner, cast.team)
    assert owner is not None
    lifecycle.acknowledge(owner, room.alert, timezone.now())

    assert slash("ack 1")["text"] == "#1 was acknowledged by Owner already."


def test_a_drill_can_be_acted_on(room: Room, cast: Cast) -> None:
    drill = lifecycle.drill(Actor.system(cast.team), room.rule, room.alert.test, timezone.now())

    slash(f"ack {drill.number}")

    assert [each[0] for each in history(drill)] == ["acknowledged"]


def test_another_persons_mention_is_found_by_their_link(room: Room, cast: Cast) -> None:
    linked(cast.owner, room.slack, "U3")

    slash("assign 1 <@U3|boss>")

    assert Alert.objects.get(pk=room.alert.pk).assigned_to == cast.owner
