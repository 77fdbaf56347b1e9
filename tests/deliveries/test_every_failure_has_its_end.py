"""A message to every destination that misbehaves: what becomes of it, what is stored and shown, and no secret."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.utils import timezone
from pytest_django import Settings

from channels_app.doors import Doors
from channels_app.doors.guard import Policy, policy_from_settings
from deliveries.api.serializers import AttemptSerializer
from deliveries.models import Attempt, Delivery
from deliveries.selectors import delay_of, deliveries_of
from deliveries.sender import Sender
from deliveries.sentences import sentence
from integrations.models import Integration
from integrations.standing import standing_of
from teams.models import Team
from tests.alerts.factories import make_test
from tests.channels_app.kinds import HTTP_KINDS, slack
from tests.channels_app.samples import config_for
from tests.conftest import Cast
from tests.deliveries.stage import Clock, rule_for, send_all, trigger
from tests.failings import apprise, http, mail, slack_app, tcp
from tests.failings.rows import Fate, Row
from tests.failings.staging import leaks, mail_server, servers, together, whole_database
from tests.integrations.factories import make_integration
from tests.patience import PATIENT
from tests.servers.http import Answer, Receiver
from tests.servers.tls import Authority

pytestmark = pytest.mark.django_db(transaction=True)

EVERYWHERE = ["127.0.0.0/8", "10.0.0.0/8", "169.254.0.0/16"]
STATES = {"delivered": "delivered", "again": "pending", "never": "rejected"}
OUTCOMES = {"delivered": "delivered", "again": "retry_later", "never": "rejected"}
FIRST_GAP = 5.0
LONGEST = 300
TOLD_WITHIN = 10.0  # seconds at most between the making of a date in a header and its reading


class Met(NamedTuple):
    """What became of one message. `calls` is how many were made for it, `pause` the wait in seconds."""

    state: str
    outcome: str
    reason: str
    status: int | None
    words: str
    calls: int
    pause: float | None


def unhurried() -> Policy:
    """The installation's, but that hundreds of connections may be made at once on a machine that stalls."""
    return replace(policy_from_settings(), connect_seconds=PATIENT)


@pytest.fixture
def authority(tmp_path: Path, settings: Settings) -> Authority:
    made = Authority(tmp_path)
    settings.BELLHOP_CA_FILE = str(made.file)
    return made


@pytest.fixture(autouse=True)
def no_secret_in_any_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level("DEBUG")
    yield
    assert leaks(caplog.text) == []


def expected(kind: str, row: Row) -> Met:
    fate = row.fates[kind]
    pause = (fate.pause or FIRST_GAP) if fate.end == "again" else None
    return Met(STATES[fate.end], OUTCOMES[fate.end], fate.reason or "", fate.status, fate.words, fate.calls, pause)


def met(place: Integration, fate: Fate, now: datetime) -> Met:
    delivery = deliveries_of(place.team, integration=place.pk).order_by("-id")[0]
    attempts = list(Attempt.objects.filter(dispatch__deliveries=delivery).order_by("id"))
    delay = delay_of(delivery, now)
    pause = (delay.until - now).total_seconds() if delay else None
    if pause is not None and fate.pause and 0 <= fate.pause - pause < min(TOLD_WITHIN, fate.pause / 2):
        pause = fate.pause
    last = attempts[-1]
    words = last.words if fate.end != "delivered" or last.words else fate.words
    return Met(delivery.state, last.outcome, last.reason, last.status, words, len(attempts), pause)


def everything_shown(now: datetime) -> list[str]:
    """The sentences, words and healths that pages and API show."""
    rows = list(deliveries_of(Delivery.objects.all()[0].team))
    shown = [sentence(row, delay_of(row, now)) for row in rows]
    shown += [
        str(AttemptSerializer(attempt).data["detail"]) for attempt in Attempt.objects.exclude(outcome="delivered")
    ]
    return shown + [standing_of(each, now).text for each in Integration.objects.select_related("health")]


def judge_what_is_shown(now: datetime) -> None:
    shown = everything_shown(now)
    assert all(shown)
    assert max(map(len, shown)) <= LONGEST
    assert leaks("\n".join(shown)) == []
    assert leaks(whole_database()) == []


def test_every_failure_over_http_has_its_end_and_its_words(
    cast: Cast, authority: Authority, settings: Settings
) -> None:
    _play(cast.team, {(kind, row.name): row for kind in HTTP_KINDS for row in http.ROWS}, authority, settings)


def test_every_failure_of_slacks_web_api_has_its_end_and_its_words(
    cast: Cast, authority: Authority, settings: Settings
) -> None:
    rows = {("slack", row.name): row for row in slack_app.ROWS}
    _play(cast.team, rows, authority, settings, lambda kind, url: slack.APP.config(url))


def test_every_failure_over_tcp_has_its_end_and_its_words(cast: Cast, authority: Authority, settings: Settings) -> None:
    _play(cast.team, {("nagios", row.name): row for row in tcp.ROWS}, authority, settings)


def test_every_failure_through_apprise_has_its_end_and_its_words(
    cast: Cast, authority: Authority, settings: Settings
) -> None:
    _play(cast.team, {("apprise", row.name): row for row in apprise.ROWS}, authority, settings)


def test_every_failure_of_the_mail_server_has_its_end_and_its_words(cast: Cast, authority: Authority) -> None:
    now = timezone.now()
    found = {}
    for row in mail.ROWS:
        place = make_integration(cast.team, "email", row.name, config=config_for("email", ""))
        with mail_server(row, authority):
            _tell(cast.team, [place], row.name, now)
        found[row.name] = met(place, row.fates["email"], now)

    assert found == {row.name: expected("email", row) for row in mail.ROWS}
    judge_what_is_shown(now)


def test_a_kept_connection_that_closes_at_the_worst_time_costs_no_second_post(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    place = make_integration(cast.team, "slack", config=config_for("slack", receiver.url))
    receiver.script(Answer(), Answer(manner="close"))
    doors = Doors(unhurried())
    for name in ("one", "two"):
        rule = rule_for(cast.team, place, test=make_test(cast.team, name), name=name)
        trigger(rule, now)
        now += timedelta(seconds=2)
        Sender(doors, Clock(now), jitter=lambda: 1.0).run_until_idle(20)
    doors.close()

    assert [request.connection for request in receiver.received] == [1, 1]
    assert [each.reason for each in Attempt.objects.order_by("id")] == ["", "network"]
    send_all(now + timedelta(seconds=6))
    assert [each.state for each in Delivery.objects.all()] == ["delivered"] * 2
    assert len(receiver.received) == 3


def _play(
    team: Team,
    rows: dict[tuple[str, str], Row],
    authority: Authority,
    settings: Settings,
    config: Callable[[str, str], dict[str, Any]] = config_for,
) -> None:
    """Bring a message to the server of each row, by (kind, name), and judge what became of all."""
    now = timezone.now()
    settings.BELLHOP_ALLOWED_NETWORKS = EVERYWHERE
    unlike = list({row.name: row for row in rows.values()}.values())
    with servers(unlike, authority) as running:
        places = {
            (kind, name): make_integration(team, kind, f"{kind} {name}"[:100], config=config(kind, running[name].url))
            for kind, name in rows
        }
        for group in together(unlike):
            names = {row.name for row in group}
            _tell(team, [place for (_, name), place in places.items() if name in names], f"with {group[0].name}", now)

    found = {key: met(place, rows[key].fates[key[0]], now) for key, place in places.items()}
    assert found == {key: expected(key[0], row) for key, row in rows.items()}
    judge_what_is_shown(now)


def _tell(team: Team, places: Sequence[Integration], name: str, now: datetime) -> None:
    trigger(rule_for(team, *places, test=make_test(team, f"t{Delivery.objects.count()}"), name=name[:100]), now)
    send_all(now, unhurried())
