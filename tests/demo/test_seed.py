"""The demo's team is planted once, whole, and never planted over."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate

from alerts.models import Alert, AlertRule, Measurement
from channels_app.hearing import Person
from deliveries.hearing import people
from deliveries.models import ChatIdentity, Delivery
from demo import credentials, scenery, seed
from demo.models import SandboxApp, SandboxHook
from demo.sandbox import rooms
from demo.sandbox.people import ANN
from integrations import hooks
from integrations.models import Integration
from integrations.selectors import settings_of
from teams.models import Team, User

NOW = datetime(2026, 3, 2, 12, 0, 7, tzinfo=UTC)
HERE, THERE = "http://127.0.0.1:8000", "http://127.0.0.1:9000"
HISTORY = scenery.history
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demo_settings(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(scenery, "history", lambda now: HISTORY(now, 7))


def test_planting_gives_a_login_rules_history_and_one_open_alert() -> None:
    login = seed.plant(HERE, NOW)

    assert authenticate(username=login.email, password=login.password) is not None
    assert User.objects.get(email=login.email).name == ANN.full_name
    assert AlertRule.objects.count() == len(scenery.RULES)
    assert Measurement.objects.exists()
    open_alert = Alert.objects.exclude(state="cleared").get()
    assert open_alert.test is not None
    assert (open_alert.test.slug, open_alert.state) == ("database", "acknowledged")
    assert Alert.objects.filter(state="cleared").exists()


def test_history_is_not_announced() -> None:
    seed.plant(HERE, NOW)
    assert set(Delivery.objects.values_list("state", "reason")) <= {("suppressed", "not_wanted")}


def test_planting_again_changes_nothing() -> None:
    first = seed.plant(HERE, NOW)
    before = (Team.objects.count(), AlertRule.objects.count(), Measurement.objects.count(), Alert.objects.count())

    assert seed.plant(HERE, NOW) == first

    assert before == (
        Team.objects.count(),
        AlertRule.objects.count(),
        Measurement.objects.count(),
        Alert.objects.count(),
    )


def test_another_address_takes_the_integrations_along() -> None:
    seed.plant(HERE, NOW)

    seed.plant(THERE, NOW)

    slack: Any = settings_of(Integration.objects.get(name=scenery.SLACK_OPS))
    hipchat: Any = settings_of(Integration.objects.get(name=scenery.HIPCHAT_NIGHT))
    random: Any = settings_of(Integration.objects.get(name=scenery.SLACK_RANDOM))
    assert slack.server == f"{THERE}/sandbox/slack/api"
    assert random.url.startswith(f"{THERE}/sandbox/slack/")
    assert hipchat.server == f"{THERE}/sandbox/hipchat"


def test_another_address_takes_the_calls_back_along() -> None:
    seed.plant(HERE, NOW)

    seed.plant(THERE, NOW)

    app, hook = SandboxApp.objects.get(), SandboxHook.objects.get()
    assert {app.actions_url, app.command_url} == {f"{THERE}/hooks/slack/actions/", f"{THERE}/hooks/slack/commands/"}
    assert hook.url.startswith(f"{THERE}/hooks/hipchat/")
    assert ChatIdentity.objects.get().person == ANN.id


def test_people_can_act_from_the_rooms_at_once() -> None:
    login = seed.plant(HERE, NOW)

    slack, hipchat = (Integration.objects.get(name=name) for name in (scenery.SLACK_OPS, scenery.HIPCHAT_OPS))
    assert (slack.living, slack.two_way, hipchat.two_way) == (True, True, True)
    known = people.identity_of(slack, Person(rooms.WORKSPACE, ANN.id, ANN.full_name))
    assert known is not None
    assert known.email == login.email
    assert hooks.called("hipchat", SandboxHook.objects.get().url.rstrip("/").rpartition("/")[2]) == hipchat


def test_a_lost_login_is_made_anew() -> None:
    first = seed.plant(HERE, NOW)
    credentials.path().unlink()

    second = seed.plant(HERE, NOW)

    assert second.password != first.password
    assert authenticate(username=second.email, password=second.password) is not None


def test_a_changed_password_is_not_printed_wrongly() -> None:
    login = seed.plant(HERE, NOW)
    owner = authenticate(username=login.email, password=login.password)
    assert owner is not None
    owner.set_password("another long one")
    owner.save()

    assert seed.plant(HERE, NOW).password == seed.NEW_PASSWORD


def test_the_saved_login_is_for_its_owner_only() -> None:
    seed.plant(HERE, NOW)
    assert os.stat(credentials.path()).st_mode & 0o777 == 0o600


def test_the_scenery_is_the_same_each_time() -> None:
    assert list(HISTORY(NOW, 2)) == list(HISTORY(NOW, 2))
