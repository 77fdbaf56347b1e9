"""People at all doors, evaluation, a sender and remotes in trouble, in any order: in the end every room is right."""

import re
from collections import Counter
from html import unescape
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from pytest_django import Settings

from alerts.models import Alert, AlertEvent, EventType
from alerts.transitions import TRANSITIONS
from channels_app.words import AlertState
from deliveries import flying, sender
from deliveries.decisions import ACTING
from deliveries.models import Delivery, DeliveryState, MessageRef
from tests.conftest import NOW, Cast
from tests.hearing.world import BASE, CHANNELS, TROUBLES, Trouble, World

EXAMPLES = settings(max_examples=20, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck))
SURFACES = {
    "page": ("acknowledge", "unacknowledge", "assign", "note", "close"),
    "api": ("acknowledge", "unacknowledge", "close"),
    "command": ("acknowledge", "unacknowledge", "assign", "note", "close"),
    "room": ("acknowledge", "unacknowledge", "acknowledge", "unacknowledge", "assign", "close"),
    "button": ("acknowledge", "unacknowledge", "assign", "close"),
    "mail": ("acknowledge", "assign", "close"),
}
WAYS = [(surface, deed) for surface, deeds in SURFACES.items() for deed in deeds]
COLOURS = {"critical": "#d0282e", "minor": "#e8b122", "acknowledged": "#7a4bb5", "cleared": "#2e9e5b"}
CARD = re.compile(r"(?:<!here> )?#(\d+) ((?:now )?[A-Z ]+?)(?: \((critical|minor)\))?: ")
ALARMS = ("triggered", "severity_changed", "unacknowledged")
PLACES = ("ops", "night", "room", "mail")
# What the room reads of an alert's state: in a message of its own, in an answer, in a row of a digest.
READ = (
    ("cleared", r"#{n} CLEARED|has closed #{n}\b|#{n} (?:critical|minor) cleared|#{n} [^#]*It has been over since"),
    ("triggered", r"#{n} [^#]*It is no longer acknowledged"),
    ("acknowledged", r"#{n} [^#]*It is acknowledged again"),
    ("acknowledged", r"#{n} ACKNOWLEDGED|has acknowledged #{n}\b|#{n} (?:critical|minor) acknowledged"),
    ("acknowledged", r"#{n} (?:now|ASSIGNED|NOTED|CRITICAL|MINOR).*Acknowledged by:"),
    ("triggered", r"#{n} no longer|acknowledgement back of #{n}\b|#{n} (?:critical|minor) unacknowledged"),
)


class Rooms(RuleBasedStateMachine):
    world: ClassVar[World]

    @initialize(value=st.sampled_from((6, 9)))
    def begin(self, value: int) -> None:
        self._turn = transaction.atomic()
        self._turn.__enter__()
        self.world.begin()
        self.world.measure(value)

    @rule(value=st.sampled_from((1, 6, 9)))
    def measure(self, value: int) -> None:
        self.world.measure(value)

    @rule(
        way=st.sampled_from(WAYS),
        owner=st.booleans(),
        which=st.sampled_from((0, 0, 0, 1)),
    )
    def somebody_acts(self, way: tuple[str, str], owner: bool, which: int) -> None:
        self.act(way, owner, which)

    def act(self, way: tuple[str, str], owner: bool, which: int) -> None:
        alerts = list(Alert.objects.order_by("-number"))
        alert, person = alerts[min(which, len(alerts) - 1)], self.world.cast.owner if owner else self.world.cast.member
        before = AlertEvent.objects.count()

        answer = self.world.act(*way, alert, person)

        added = AlertEvent.objects.count() - before
        assert answer.status_code in (200, 302, 409), answer.content
        assert added <= (alert.state != AlertState.CLEARED)
        assert added or way[1] not in _changing(alert)

    @rule(surface=st.sampled_from(("page", "api", "command")), back=st.booleans())
    def argue(self, surface: str, back: bool) -> None:
        """The room answers at once, while what was done elsewhere still waits to be told there."""
        deeds = ("acknowledge", "unacknowledge")
        self.act((surface, deeds[back]), owner=False, which=0)
        self.act(("room", deeds[not back]), owner=True, which=0)

    @rule()
    def send(self) -> None:
        self.world.send()

    @rule(seconds=st.sampled_from((10, 70, 1_000)))
    def wait(self, seconds: int) -> None:
        self.world.seconds += seconds

    @rule(place=st.sampled_from(PLACES), trouble=st.sampled_from(TROUBLES))
    def fail(self, place: str, trouble: Trouble) -> None:
        self.world.troubles[place].append(trouble)

    @precondition(lambda self: any("thread_ts" not in each.now for each in self.world.slack.messages))
    @rule()
    def delete_the_newest_message(self) -> None:
        messages = self.world.slack.messages
        self.world.slack.lose(max(n for n, each in enumerate(messages) if "thread_ts" not in each.now))

    def teardown(self) -> None:
        if not hasattr(self, "_turn"):
            return
        try:
            self._check()
        finally:
            transaction.set_rollback(True)
            self._turn.__exit__(None, None, None)

    def _check(self) -> None:
        self.world.troubles.clear()
        self.world.send_all()
        for alert in Alert.objects.select_related("assigned_to"):
            the_timeline_is_a_path(alert)
            for name in ("ops", "night"):
                the_message_is_true(self.world, alert, name)
                only_alarms_ping(self.world, alert, name)
            the_room_knows(self.world, alert)
        nobody_hears_of_their_own_deed()
        nothing_is_told_twice()


def _changing(alert: Alert) -> set[str]:
    """The deeds that change something whoever does them."""
    if alert.state == AlertState.CLEARED:
        return set()
    return {"close", "acknowledge" if alert.state == AlertState.TRIGGERED else "unacknowledge"}


def the_timeline_is_a_path(alert: Alert) -> None:
    events = list(alert.events.order_by("id"))
    assert events[0].type == EventType.TRIGGERED
    state = AlertState.TRIGGERED
    for event in events[1:]:
        steps = [step for (start, _), step in TRANSITIONS.items() if start == state and step.event == event.type]
        assert steps, (state, event.type)
        state = steps[0].to
    assert state == alert.state
    said = [(event.type, event.actor_text, event.detail) for event in events]
    assert all(one != other for one, other in pairwise(said)), said


def the_message_is_true(world: World, alert: Alert, name: str) -> None:
    """What the channel shows of the alert now is how the alert is; without a message, only a digest told of it."""
    place = world.places[name]
    told = Delivery.objects.filter(alert=alert, integration=place, state="delivered", in_place=False)
    ref = MessageRef.objects.filter(alert=alert, integration=place).first()
    if ref is None:
        assert all(_with_others(each) for each in told), "told by itself, and its message is not known"
        return
    shown = [each for each in world.slack.messages if each.ref == ref.ref]
    if not shown:
        return  # somebody deleted it, and nothing happened since
    card = shown[0].now
    note(f"{name} shows #{alert.number} {alert.state} {alert.severity}: {card}")
    found = CARD.match(card["text"])
    assert found, card["text"]
    assert int(found[1]) == alert.number
    attachment = card["attachments"][0]
    texts = _texts(attachment["blocks"])
    assert any(text == f"*Severity*\n{alert.severity.capitalize()}" for text in texts)
    if alert.state == AlertState.TRIGGERED:
        assert found[2].removeprefix("now ") == alert.severity.upper()
        assert attachment["color"] == COLOURS[alert.severity]
    else:
        assert (found[2], found[3]) == (alert.state.upper(), alert.severity)
        assert attachment["color"] == COLOURS[alert.state]
    by = [text.partition("\n")[2] for text in texts if text.startswith("*Acknowledged by*")]
    assert by == ([alert.acknowledged_by_text] if alert.acknowledged_at else [])
    to = [text.partition("\n")[2] for text in texts if text.startswith("*Assigned to*")]
    assert to == ([str(alert.assigned_to)] if alert.assigned_to else [])
    if alert.cleared_reason == "closed_by_hand":
        assert any(alert.events.get(type="cleared").actor_text in text for text in texts), "who closed it?"
    assert _buttons(attachment["blocks"]) == _offered(alert)


def the_room_knows(world: World, alert: Alert) -> None:
    """The last that the room reads about the alert's state is how it is."""
    if not Delivery.objects.filter(alert=alert, integration=world.places["room"], state="delivered").exists():
        return
    read = "triggered"
    texts = [" ".join(unescape(re.sub(r"<[^>]*>", " ", body["message"])).split()) for body in world.said]
    for words in texts:
        found = [state for state, pattern in READ if re.search(pattern.replace("{n}", str(alert.number)), words)]
        read = found[0] if found else read
    note(f"the room read: {texts}")
    assert read == alert.state


def nobody_hears_of_their_own_deed() -> None:
    for each in Delivery.objects.filter(state=DeliveryState.DELIVERED, in_place=False).select_related("event__actor"):
        event = each.event
        deed = event.type in ACTING or event.detail.get("reason") == "closed_by_hand"
        assert not (deed and event.actor and event.actor.email == each.recipient), (event, each.recipient)


def nothing_is_told_twice() -> None:
    told = Delivery.objects.filter(state=DeliveryState.DELIVERED, in_place=False)
    assert max(Counter(told.values_list("event", "integration", "recipient")).values(), default=0) <= 1


def only_alarms_ping(world: World, alert: Alert, name: str) -> None:
    """Each alarm once; and once more where Slack took it and nobody heard of that. What people do pings nobody."""
    told = Delivery.objects.filter(alert=alert, integration=world.places[name], in_place=False, event__type__in=ALARMS)
    channels = (f"#{name}", CHANNELS[name])
    posted = [each.bodies[0] for each in world.slack.messages if each.bodies[0]["channel"] in channels]
    pings = [body["text"] for body in posted if body["text"].startswith(f"<!here> #{alert.number} ")]
    assert len(pings) <= told.filter(state=DeliveryState.DELIVERED).count() + world.unheard[name], pings


def _with_others(delivery: Delivery) -> bool:
    """Whether it was told in a digest."""
    last = delivery.dispatches.order_by("-id").first()
    return last is not None and last.deliveries.count() > 1


def _texts(blocks: list[dict[str, Any]]) -> list[str]:
    found = [block["text"]["text"] for block in blocks if isinstance(block.get("text"), dict)]
    return found + [field["text"] for block in blocks for field in block.get("fields", [])]


def _buttons(blocks: list[dict[str, Any]]) -> list[str]:
    return [each["action_id"] for block in blocks if block["type"] == "actions" for each in block["elements"]]


def _offered(alert: Alert) -> list[str]:
    if alert.state == AlertState.CLEARED:
        return []
    untaken = alert.state == AlertState.TRIGGERED
    return ["ack", "assign", "close", "open"] if untaken else ["assign", "unack", "close", "open"]


@pytest.mark.django_db
def test_in_the_end_every_room_tells_the_truth(cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.BELLHOP_BASE_URL = BASE
    world = Rooms.world = World(cast, NOW)
    monkeypatch.setattr(timezone, "now", lambda: world.now)
    for module in (flying, sender):
        monkeypatch.setattr(module, "time", world)

    run_state_machine_as_test(Rooms, settings=EXAMPLES)
