"""The graph of an alert: an image for whoever has its signed address, for thirty days, and for nobody else."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.signing import Signer
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from pytest_django import Settings

from alerts.ingest import ingest
from alerts.models import Alert, Test
from alerts.pictures import KEPT_FOR, drawable, picture_address, read_token, token_for
from alerts.views import pictures
from channels_app.words import Severity
from teams.access import Actor
from teams.limits import Limit
from teams.rates import Rate
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.conftest import NOW, Cast

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def measure(test: Test, *values: float, source: str = "fra1", until: datetime = NOW) -> None:
    """A value a minute, the last one at `until`."""
    sent = [
        {
            "test": test.slug,
            "metric": "response_time",
            "source": source,
            "observed_at": (until - place * MINUTE).isoformat(),
            "value": value,
        }
        for place, value in enumerate(reversed(values))
    ]
    taken = ingest(Actor.system(test.team), {"notify": "never", "measurements": sent}, NOW + MINUTE)
    assert not taken.rejected


@pytest.fixture
def alert(cast: Cast, time_machine: Any) -> Alert:
    time_machine.move_to(NOW + 2 * MINUTE, tick=False)
    test = make_test(cast.team)
    found = open_alert(make_rule(cast.team, [test]), test, severity=Severity.CRITICAL)
    measure(test, *[100.0 + n for n in range(40)], 812.5)
    return found


def path_of(alert: Alert, at: datetime = NOW, now: datetime = NOW) -> str:
    address = picture_address(token_for("ops", alert.number, at, now))
    assert address.startswith("http")
    return urlsplit(address).path


def test_anyone_who_has_the_address_gets_the_graph(alert: Alert) -> None:
    answer = Client().get(path_of(alert))

    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in answer.headers
    image = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert image.size[0] == 960
    assert len(image.getcolors(100_000) or []) > 20


def test_the_same_graph_has_the_same_address_all_day(alert: Alert) -> None:
    morning, evening = (token_for("ops", 1, NOW, NOW.replace(hour=hour)) for hour in (1, 23))
    assert morning == evening
    assert read_token(morning, NOW) == ("ops", 1, NOW)


def test_what_happened_long_ago_may_be_kept_for_a_day(alert: Alert, time_machine: Any) -> None:
    time_machine.move_to(NOW + 2 * DAY)
    assert Client().get(path_of(alert))["Cache-Control"] == "public, max-age=86400"


def test_unknown_changed_and_expired_are_not_found_alike(alert: Alert, time_machine: Any) -> None:
    good = path_of(alert)
    token = good.removeprefix("/i/").removesuffix(".png")
    signed_for_something_else = Signer(sep=".", salt="another").sign_object(["ops", alert.number, 0, 10**6])
    for path in (
        path_of(Alert(number=99)),
        f"/i/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}.png",
        f"/i/x{token}.png",
        f"/i/{signed_for_something_else}.png",
        "/i/%00.png",
        "/i/..png",
    ):
        assert Client().get(path).status_code in (400, 404), path
    assert Client().get(good).status_code == 200
    time_machine.move_to(NOW + KEPT_FOR + 2 * DAY)
    assert Client().get(good).status_code == 404


def test_a_token_is_good_for_thirty_days() -> None:
    token = token_for("ops", 1, NOW, NOW)
    assert read_token(token, NOW + KEPT_FOR) is not None
    assert read_token(token, NOW + KEPT_FOR + DAY) is None


def test_the_number_of_another_team_is_another_alert(alert: Alert, cast: Cast) -> None:
    theirs = urlsplit(picture_address(token_for("rivals", alert.number, NOW, NOW))).path
    assert Client().get(theirs).status_code == 404


def test_an_alert_without_values_has_no_graph(cast: Cast, time_machine: Any) -> None:
    time_machine.move_to(NOW)
    test = make_test(cast.team)
    alert = open_alert(make_rule(cast.team, [test]), test)
    assert Client().get(path_of(alert)).status_code == 404


def test_nothing_but_looking_is_possible(alert: Alert) -> None:
    client = Client()
    assert client.head(path_of(alert)).status_code == 200
    for method in ("post", "put", "patch", "delete"):
        assert getattr(client, method)(path_of(alert)).status_code == 405


def test_one_address_gets_so_many_a_minute(alert: Alert, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PICTURE_ADDRESS", Limit("picture-address", Rate(2, 60)))
    answers = [Client().get(path_of(alert)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


def test_whoever_comes_while_too_many_are_drawn_is_asked_to_come_again(
    alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "PATIENCE", 0.01)
    with pictures._brushes, pictures._brushes:
        answer = Client().get(path_of(alert))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert Client().get(path_of(alert)).status_code == 200


def test_many_sources_and_a_long_past_cost_no_more_queries(alert: Alert, cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert Client().get(path_of(alert)).status_code == 200
        return len(asked)

    few = queries()
    test = alert.test
    assert test is not None
    for n in range(20):
        measure(test, *[float(n)] * 30, source=f"more{n:02}")
    assert queries() == few <= 12


def test_the_zone_of_who_looks_changes_nothing(alert: Alert, cast: Cast) -> None:
    reader = Client()
    reader.force_login(cast.viewer)
    reader.cookies["zone"] = "Asia/Tokyo"
    assert reader.get(path_of(alert)).content == Client().get(path_of(alert)).content


def test_only_an_alert_about_values_of_a_test_can_be_drawn(alert: Alert) -> None:
    assert drawable("checkout", alert.snapshot)
    assert not drawable(None, alert.snapshot)
    assert not drawable("checkout", {"conditions": []})


def test_a_stranger_learns_nothing_from_the_address_but_what_it_names() -> None:
    token = token_for("ops", 17, datetime(2026, 3, 2, tzinfo=UTC), NOW)
    assert Signer(sep=".", salt="bellhop.alerts.pictures").unsign_object(token)[:3] == ["ops", 17, 1772409600]


def test_addresses_begin_with_the_one_that_people_know(settings: Settings) -> None:
    settings.BELLHOP_BASE_URL = "https://bell.example"
    assert picture_address("abc") == "https://bell.example/i/abc.png"
