"""A team at its quota is told so, loses nothing that it was told is taken, and leaves the others as they were."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts.models import Alert, AlertEvent, Measurement, RuleState, Series
from teams import quotas
from teams.models import Role
from tests.alerts.factories import make_rule, make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast


def batch(values: list[float], test: str = "checkout") -> dict[str, Any]:
    at = (timezone.now() - timedelta(minutes=2)).isoformat()
    return {
        "measurements": [
            {"test": test, "metric": "response_time", "source": f"s{n}", "observed_at": at, "value": value}
            for n, value in enumerate(values)
        ]
    }


@pytest.fixture
def api(cast: Cast) -> ApiClient:
    make_test(cast.team)
    return ApiClient(key_of(cast.team, Role.MEMBER))


def test_beyond_the_rate_a_batch_is_refused_whole(api: ApiClient, cast: Cast, settings: Any) -> None:
    settings.BELLHOP_TEAM_MEASUREMENTS_PER_MINUTE = 5
    make_test(cast.other_team)
    rival = ApiClient(key_of(cast.other_team, Role.MEMBER))

    answers = [api.send("POST", "/api/v1/measurements/", batch([1.0, 2.0, 3.0])) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 429]
    assert 0 < int(answers[1].headers["Retry-After"]) <= 60
    assert "BELLHOP_TEAM_MEASUREMENTS_PER_MINUTE" in answers[1].json()["detail"]
    assert Measurement.objects.count() == 3
    assert rival.send("POST", "/api/v1/measurements/", batch([1.0, 2.0, 3.0])).status_code == 202


def test_what_can_never_fit_and_what_would_fill_the_disk_is_413(api: ApiClient, settings: Any) -> None:
    settings.BELLHOP_TEAM_MEASUREMENTS_PER_DAY = 2
    too_large = api.send("POST", "/api/v1/measurements/", batch([1.0, 2.0, 3.0]))
    settings.BELLHOP_TEAM_MEASUREMENTS_PER_DAY, settings.BELLHOP_TEAM_STORED_MEASUREMENTS = 100, 2
    too_full = api.send("POST", "/api/v1/measurements/", batch([1.0, 2.0, 3.0]))

    assert (too_large.status_code, too_full.status_code) == (413, 413)
    assert "BELLHOP_TEAM_STORED_MEASUREMENTS" in too_full.json()["detail"]
    assert not Series.objects.exists()


def test_a_batch_of_which_nothing_is_sound_counts_nothing(api: ApiClient, cast: Cast, settings: Any) -> None:
    settings.BELLHOP_TEAM_MEASUREMENTS_PER_MINUTE = 1

    answers = [api.send("POST", "/api/v1/measurements/", batch([float("1e999")])) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {400}
    assert quotas.usage(cast.team, timezone.now()).measurements == 0


@pytest.fixture
def five_rules(cast: Cast, api: ApiClient) -> None:
    for n in range(5):
        make_rule(cast.team, [make_test(cast.team, f"t{n}")])


def slow(*tests: int, value: float = 900.0) -> dict[str, Any]:
    return {"measurements": [each for n in tests for each in batch([value], f"t{n}")["measurements"]]}


def test_what_would_open_too_many_alerts_is_refused_and_opens_them_later(
    api: ApiClient, five_rules: None, settings: Any
) -> None:
    settings.BELLHOP_MAX_OPEN_ALERTS = 3
    assert api.send("POST", "/api/v1/measurements/", slow(0, 1)).status_code == 202
    before = list(RuleState.objects.order_by("id").values_list("state", flat=True))
    asked = slow(2, 3)

    refused = api.send("POST", "/api/v1/measurements/", asked)

    assert refused.status_code == 413
    assert "3 open alerts (BELLHOP_MAX_OPEN_ALERTS)" in refused.json()["detail"]
    assert Alert.objects.count() == AlertEvent.objects.count() == Measurement.objects.count() == 2
    assert list(RuleState.objects.order_by("id").values_list("state", flat=True)) == before
    settings.BELLHOP_MAX_OPEN_ALERTS = 4
    assert api.send("POST", "/api/v1/measurements/", asked).status_code == 202
    assert [alert.number for alert in Alert.objects.order_by("number")] == [1, 2, 3, 4]


def test_at_the_cap_what_opens_nothing_passes(api: ApiClient, five_rules: None, settings: Any) -> None:
    api.send("POST", "/api/v1/measurements/", slow(0, 1, 2))
    settings.BELLHOP_MAX_OPEN_ALERTS = 1

    assert api.send("POST", "/api/v1/measurements/", slow(0, 1, 2, value=901.0)).status_code == 202
    assert api.send("POST", "/api/v1/measurements/", slow(3, value=1.0)).status_code == 202


def test_another_teams_alerts_do_not_count(api: ApiClient, cast: Cast, five_rules: None, settings: Any) -> None:
    settings.BELLHOP_MAX_OPEN_ALERTS = 1
    test = make_test(cast.other_team, "t0")
    make_rule(cast.other_team, [test])
    rival = ApiClient(key_of(cast.other_team, Role.MEMBER))

    assert rival.send("POST", "/api/v1/measurements/", slow(0)).status_code == 202
    assert api.send("POST", "/api/v1/measurements/", slow(0)).status_code == 202


def test_an_alert_takes_so_many_notes(api: ApiClient, five_rules: None, settings: Any) -> None:
    settings.BELLHOP_MAX_NOTES = 2
    api.send("POST", "/api/v1/measurements/", slow(0))

    answers = [api.send("POST", "/api/v1/alerts/1/note/", {"text": f"note {n}"}) for n in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 400]
    assert answers[2].json()["errors"] == {"text": ["An alert takes 2 notes (BELLHOP_MAX_NOTES); it has them."]}
