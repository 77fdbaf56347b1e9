"""Whatever is typed: never an error of ours, never more than was asked, never twice."""

import contextlib
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.models import Alert, AlertEvent
from deliveries.hearing.commands import FORMS, MOST_NUMBERS, Command, NoCommand, Verb, minutes_of, parse
from deliveries.models import HeardOnce
from teams.models import Counter
from tests.deliveries.hearing.calls import signed, slack_call, slash_body
from tests.deliveries.hearing.conftest import Room
from tests.patience import HEALTH
from tests.work import least_seconds

NUMBERS = st.sampled_from(["1", "#1", "1,", "#1,#1", "2", "#99", "0", "-1", "1" * 18, "9" * 19, "١", "1.0", ""])
RESTS = st.sampled_from(["", "me", "for good", "30m", "1d", "text", "member@example.com", "<@U1|x>", "<@U9>", "@ann"])
VERBS = st.sampled_from([*Verb, "ACK", "Ack", "acknowledge"])
SAID = st.one_of(
    st.text(max_size=60),
    st.tuples(VERBS, st.lists(NUMBERS, max_size=4), RESTS, st.text()).map(
        lambda parts: " ".join([parts[0], *parts[1], parts[2], parts[3]])
    ),
)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1)


@given(SAID)
def test_any_text_is_a_command_or_is_none(said: str) -> None:
    try:
        command = parse(said)
    except NoCommand:
        return
    assert len(set(command.numbers)) == len(command.numbers) <= MOST_NUMBERS
    assert all(0 <= number < 2**63 for number in command.numbers)
    assert command.rest == command.rest.strip()


@given(st.sampled_from([Verb.NOTE, Verb.CLOSE]), st.integers(1, 10**9), TEXTS)
def test_a_text_behind_a_number_is_kept(verb: Verb, number: int, text: str) -> None:
    command = parse(f"{verb} #{number} a {text}")

    assert command.numbers == (number,)
    assert command.rest.split() == ["a", *text.split()]


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("rest", ["1 " * 2_000, "1," * 2_000, "1 " * 1_990 + "why"])
def test_a_great_many_numbers_cost_nothing(verb: Verb, rest: str) -> None:
    def read() -> None:
        with contextlib.suppress(NoCommand):
            parse(f"{verb} {rest}")

    assert least_seconds(read) < 0.5


@given(st.text(max_size=30))
def test_any_length_is_minutes_or_a_question(said: str) -> None:
    try:
        minutes = minutes_of(said)
    except NoCommand:
        return
    assert minutes is None or minutes >= 0


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("ack 17", Command(Verb.ACK, (17,))),
        ("ack 17 18, #19,#20 17", Command(Verb.ACK, (17, 18, 19, 20))),
        ("assign 17 18 me", Command(Verb.ASSIGN, (17, 18), "me")),
        ("close 17 3 disks", Command(Verb.CLOSE, (17,), "3 disks")),
        ("close #17 #18 fixed", Command(Verb.CLOSE, (17, 18), "fixed")),
        ("close 17 18", Command(Verb.CLOSE, (17, 18))),
        ("note 17 first\nsecond", Command(Verb.NOTE, (17,), "first\nsecond")),
        ("mute 17 2 hours", Command(Verb.MUTE, (17,), "2 hours")),
        ("", Command(Verb.HELP)),
        ("list\n", Command(Verb.LIST)),
        ("who", Command(Verb.WHO)),
    ],
)
def test_commands_read_as_people_mean_them(said: str, command: Command) -> None:
    assert parse(said) == command


def test_what_the_call_names_itself_needs_no_number() -> None:
    assert parse("ack 17", 17) == parse("ack", 17) == Command(Verb.ACK, (17,))
    assert parse("note 5 people said so", 17) == Command(Verb.NOTE, (17,), "5 people said so")


def test_every_verb_says_how_it_is_said() -> None:
    assert set(FORMS) == set(Verb)
    assert len("\n".join(FORMS.values())) <= 1_000  # as much as Slack shows in one piece


@pytest.fixture
def said_in(room: Room) -> Room:
    return room


@settings(max_examples=60, deadline=None, suppress_health_check=[*HEALTH, HealthCheck.function_scoped_fixture])
@given(said=SAID)
def test_never_an_error_and_never_two_events_for_one(said: str, said_in: Room) -> None:
    Counter.objects.all().delete()  # the limits are not what is asked here
    HeardOnce.objects.all().delete()  # the clock stands, so the same words of another example would be a replay
    body = slash_body(said.encode(errors="replace").decode())
    headers, before = signed(body), AlertEvent.objects.count()

    first: Any = slack_call("commands", body, headers, Client(raise_request_exception=False))
    after = AlertEvent.objects.count()
    again = slack_call("commands", body, headers, Client(raise_request_exception=False))

    assert first.status_code == 200
    assert after - before <= 1
    assert again.status_code == 401
    assert AlertEvent.objects.count() == after
    assert Alert.objects.count() == 1
