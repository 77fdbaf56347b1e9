"""The remote is answered in its time, with the truth afterwards; what fails leaves nothing behind."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from alerts import lifecycle
from alerts.models import AlertEvent
from alerts.services import acting
from deliveries import pruning
from deliveries.hearing import later, obeying, once
from deliveries.models import HeardOnce
from deliveries.views import hooks
from integrations import services
from teams.access import Actor, actor_for
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.hearing.calls import (
    SECRET,
    history,
    linked,
    mark_of,
    page,
    pager,
    press_body,
    signed,
    slack_call,
    slash_body,
    text_of,
)
from tests.deliveries.hearing.conftest import Room
from tests.deliveries.stage import rule_for, trigger
from tests.integrations.factories import make_integration
from tests.patience import PATIENT
from tests.servers.http import Answer, Receiver


@pytest.fixture
def app(room: Room, cast: Cast, receiver: Receiver, settings: Settings) -> Room:
    """The same app, at a server of ours, so that answers may go there."""
    config = {"server": f"{receiver.url}/api", "bot_token": "xoxb-1234567890-abcdefghijkl", "signing_secret": SECRET}
    services.update(Actor.system(cast.team), room.slack, config=config, now=timezone.now())
    return room


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[later.Workers]:
    threads = later.Workers()
    monkeypatch.setattr(hooks, "PATIENCE", PATIENT)  # else a slow machine answers that it is at work
    monkeypatch.setattr(later, "workers", threads)
    yield threads
    threads.shutdown()


def said(receiver: Receiver, count: int = 1) -> list[str]:
    return [json.loads(each.body)["text"] for each in receiver.wait_for(count)]


def test_a_press_that_did_it_says_nothing_more(app: Room, receiver: Receiver) -> None:
    body = press_body(mark_of(app.slack, app.alert), reply_to=f"{receiver.url}/answer")

    slack_call("actions", body, signed(body))

    assert len(history(app.alert)) == 1
    assert receiver.received == []


@pytest.mark.parametrize("why", ["unlinked", "viewer", "already", "over"])
def test_a_press_that_did_nothing_says_why(why: str, app: Room, receiver: Receiver, cast: Cast) -> None:
    if why == "already":
        lifecycle.acknowledge(_actor(cast), app.alert, timezone.now())
    if why == "over":
        lifecycle.close(_actor(cast), app.alert, "", timezone.now())
    person = {"unlinked": "U9", "viewer": "U2"}.get(why, "U1")
    body = press_body(mark_of(app.slack, app.alert), person=person, reply_to=f"{receiver.url}/answer")

    response = slack_call("actions", body, signed(body))

    hints = {"unlinked": "who you are", "viewer": "may not act", "already": "already", "over": "is over"}
    assert (response.status_code, response.content) == (200, b"")
    assert hints[why] in said(receiver)[0]


def _actor(cast: Cast) -> Any:
    return actor_for(cast.owner, cast.team)


def test_an_answer_goes_nowhere_else_than_to_the_chat(app: Room) -> None:
    with Receiver() as elsewhere:
        body = press_body(mark_of(app.slack, app.alert), person="U9", reply_to=f"{elsewhere.url}/answer")
        response = slack_call("actions", body, signed(body))

        assert response.status_code == 200
        assert elsewhere.received == []


def test_a_chat_that_takes_no_answer_fails_nothing(
    app: Room, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.script(Answer(500, b"no"))
    body = press_body(mark_of(app.slack, app.alert), person="U9", reply_to=f"{receiver.url}/answer-canary")

    assert slack_call("actions", body, signed(body)).status_code == 200
    assert "did not arrive (500)" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_slow_work_is_said_to_be_at_work_and_answered_afterwards(
    app: Room, receiver: Receiver, workers: later.Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    act = acting.act

    def slowly(*args: Any) -> Any:
        go_on.wait(PATIENT)
        return act(*args)

    monkeypatch.setattr(acting, "act", slowly)
    monkeypatch.setattr(hooks, "PATIENCE", 0.2)
    body = slash_body("ack 1", reply_to=f"{receiver.url}/answer")

    response = slack_call("commands", body, signed(body))
    assert history(app.alert) == []
    go_on.set()

    assert "Working on it" in json.loads(response.content)["text"]
    assert said(receiver) == ["Member has acknowledged #1: Too slow on Checkout"]
    assert history(app.alert) == [("acknowledged", "Member", "slack")]


@pytest.mark.django_db(transaction=True)
def test_work_that_failed_in_the_end_is_said_too(
    app: Room, receiver: Receiver, workers: later.Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def fail(*_: Any) -> None:
        go_on.wait(PATIENT)
        raise RuntimeError("a canary of the inside")

    monkeypatch.setattr(acting, "act", fail)
    monkeypatch.setattr(hooks, "PATIENCE", 0.05)
    body = slash_body("ack 1", reply_to=f"{receiver.url}/answer")

    response = slack_call("commands", body, signed(body))
    go_on.set()

    assert "Working on it" in json.loads(response.content)["text"]
    assert said(receiver) == [obeying.FAILED.text]
    assert b"canary" not in receiver.received[0].body
    assert not HeardOnce.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_press_by_two_threads_is_one_event(app: Room, workers: later.Workers) -> None:
    body = press_body(mark_of(app.slack, app.alert))
    headers, statuses = signed(body), []

    def call() -> None:
        statuses.append(slack_call("actions", body, headers).status_code)
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200, 401, 401, 401]
    assert len(history(app.alert)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_close_the_same_alerts_the_other_way_round_both_get_an_answer(
    app: Room, cast: Cast, workers: later.Workers
) -> None:
    rules = [rule_for(cast.team, app.slack, name=f"R{n}", test=make_test(cast.team, f"t{n}")) for n in range(8)]
    numbers = [str(trigger(rule, timezone.now()).number) for rule in rules]
    linked(cast.owner, app.slack, "U3")
    texts: list[str] = []

    def call(person: str, order: list[str]) -> None:
        body = slash_body(f"close {' '.join(order)}", person)
        texts.append(text_of(json.loads(slack_call("commands", body, signed(body)).content)).partition("\n")[2])
        connection.close()

    orders = (("U1", numbers), ("U3", numbers[::-1]))
    threads = [threading.Thread(target=call, args=each) for each in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(texts) == 2
    assert AlertEvent.objects.filter(type="cleared").count() == 8
    assert sum(text.count("has closed") for text in texts) == 8
    assert sum(text.count("is over") for text in texts) == 8


@pytest.mark.django_db(transaction=True)
def test_too_much_work_is_done_by_who_brings_it(app: Room, workers: later.Workers) -> None:
    for _ in range(later.MOST_WAITING):
        workers._places.acquire()
    body = press_body(mark_of(app.slack, app.alert))

    assert slack_call("actions", body, signed(body)).status_code == 200
    assert len(history(app.alert)) == 1
    for _ in range(later.MOST_WAITING):
        workers._places.release()


@pytest.mark.django_db(transaction=True)
def test_answers_that_nobody_takes_hold_up_no_deed(
    app: Room, workers: later.Workers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    go_on, carried, freed = threading.Event(), [], []

    def stuck(*_: Any) -> None:
        carried.append(threading.get_ident())
        freed.append(go_on.wait(PATIENT))

    monkeypatch.setattr(later, "_carry", stuck)
    with ThreadPoolExecutor(later.CARRIERS) as threads:
        monkeypatch.setattr(later, "carriers", threads)
        for _ in range(2 * later.CARRIERS):
            refused = press_body(mark_of(app.slack, app.alert), person="U9")
            assert slack_call("actions", refused, signed(refused)).status_code == 200
        body = press_body(mark_of(app.slack, app.alert))
        assert slack_call("actions", body, signed(body)).status_code == 200
        assert freed == []
        go_on.set()

    assert len(history(app.alert)) == 1
    assert len(carried) == later.MOST_OF_ONE < later.CARRIERS
    assert "left out" in caplog.text
    assert later.under_way.take(str(app.slack.team_id))
    later.under_way.give_back(str(app.slack.team_id))


@pytest.mark.parametrize("where", ["after the mark", "after the deed"])
def test_a_crash_before_the_end_leaves_neither_deed_nor_mark(
    where: str, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = acting.act

    def crash(*args: Any) -> Any:
        if where == "after the deed":
            act(*args)
        raise KeyboardInterrupt

    body = slash_body("ack 1")
    headers = signed(body)
    with monkeypatch.context() as patched:
        patched.setattr(acting, "act", crash)
        with pytest.raises(KeyboardInterrupt):
            slack_call("commands", body, headers)

    assert not HeardOnce.objects.exists()
    assert history(room.alert) == []
    assert slack_call("commands", body, headers).status_code == 200
    assert len(history(room.alert)) == 1


def test_a_crash_between_two_alerts_leaves_the_rest_to_be_done(
    room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = trigger(rule_for(cast.team, room.slack, name="Two", test=make_test(cast.team, "two")), timezone.now())
    act = acting.act

    def crash(actor: Any, alert: Any, *rest: Any) -> Any:
        if alert == second:
            raise KeyboardInterrupt
        return act(actor, alert, *rest)

    body = slash_body("close #1 #2 on it")
    headers = signed(body)
    with monkeypatch.context() as patched:
        patched.setattr(acting, "act", crash)
        with pytest.raises(KeyboardInterrupt):
            slack_call("commands", body, headers)
    assert [len(history(each)) for each in (room.alert, second)] == [1, 0]

    statuses = [slack_call("commands", body, headers).status_code for _ in range(2)]

    assert statuses == [200, 401]
    assert [len(history(each)) for each in (room.alert, second)] == [1, 1]


def test_a_database_that_fails_is_told_kindly_and_a_service_sends_again(
    room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_call = pager(cast.team)
    alert = trigger(rule_for(cast.team, on_call, test=make_test(cast.team, "p")), timezone.now())

    def fail(*_: Any) -> None:
        raise OperationalError("the canary is gone")

    monkeypatch.setattr(acting, "act", fail)
    body = slash_body("ack 1")

    said = slack_call("commands", body, signed(body), Client())
    told = page(on_call, "acknowledged", f"127.0.0.1:8000/ops/{alert.number}", timezone.now())

    assert (said.status_code, told.status_code) == (200, 503)
    assert json.loads(said.content)["text"] == obeying.FAILED.text
    assert b"canary" not in said.content + told.content
    assert not HeardOnce.objects.exists()


@pytest.mark.parametrize("kept_for", [once.FOR_PEOPLE, once.FOR_SERVICES])
def test_what_was_heard_is_forgotten_when_it_is_new_for_nobody(kept_for: timedelta, room: Room, now: Any) -> None:
    once.take("x", "old", now - kept_for - timedelta(minutes=1), kept_for)
    once.take("x", "new", now - kept_for + timedelta(minutes=1), kept_for)

    pruning.run(now)

    assert [once.was_taken("x", each) for each in ("old", "new")] == [False, True]
    assert obeying.NEW_FOR + 2 * obeying.CLOCKS_DIFFER < once.FOR_PEOPLE
    assert obeying.NEW_FOR_SERVICES + 2 * obeying.CLOCKS_DIFFER < once.FOR_SERVICES


def test_calls_of_people_are_remembered_for_a_day_and_those_of_services_for_longer(room: Room, cast: Cast) -> None:
    on_call, now = pager(cast.team), timezone.now()
    body = slash_body("ack 1 2")
    slack_call("commands", body, signed(body))
    of_people = set(HeardOnce.objects.values_list("mark", flat=True))
    page(on_call, "acknowledged", "127.0.0.1:8000/ops/1", now)
    of_services = set(HeardOnce.objects.values_list("mark", flat=True)) - of_people

    pruning.run(now + timedelta(days=1, minutes=1))
    assert of_people
    assert set(HeardOnce.objects.values_list("mark", flat=True)) == of_services != set()
    pruning.run(now + timedelta(days=8, minutes=1))
    assert not HeardOnce.objects.exists()


def test_a_kind_that_hears_nothing_is_nobody(cast: Cast) -> None:
    make_integration(cast.team, "discord")

    assert Client().post("/hooks/discord/actions/", b"{}", "application/json").status_code == 401
