"""Maintenance windows over the API, as a program meets them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.models import Alert, MaintenanceWindow
from tests.alerts.factories import make_rule, make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast

WINDOWS = "/api/v1/maintenance-windows/"


@pytest.fixture
def api(cast: Cast) -> ApiClient:
    return ApiClient(key_of(cast.team))


def _now(minutes: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(timespec="seconds").replace("+00:00", "Z")


def _sent(api: ApiClient, method: str, path: str, body: Any = "", status: int = 200) -> Any:
    answer = api.send(method, path, body)
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def test_a_window_from_its_making_to_its_end(cast: Cast, api: ApiClient) -> None:
    test = make_test(cast.team)
    make_rule(cast.team, [test])
    body = {"name": "Upgrade", "starts_at": _now(-1), "ends_at": _now(59), "tests": ["checkout"]}
    made = _sent(api, "POST", WINDOWS, body, 201)
    assert made | {"next": [], "over_at": ""} == {
        "id": made["id"],
        "name": "Upgrade",
        "time_zone": "UTC",
        "starts_at": body["starts_at"],
        "minutes": 60,
        "repeat": "never",
        "every": 1,
        "weekdays": [],
        "repeats_until": None,
        "everything": False,
        "tests": ["checkout"],
        "excluded": [],
        "selector": [],
        "next": [],
        "on": True,
        "over_at": "",
        "by": "member (API key)",
    } | {"by": made["by"]}
    assert made["next"] == [{"begin": body["starts_at"], "end": body["ends_at"]}]
    assert made["over_at"] == body["ends_at"]

    one = {"test": "checkout", "metric": "response_time", "source": "fra1", "observed_at": _now(), "value": 900}
    _sent(api, "POST", "/api/v1/measurements/", {"measurements": [one]}, 202)
    assert not Alert.objects.exists()

    path = f"{WINDOWS}{made['id']}/"
    changed = _sent(api, "PATCH", path, {"repeat": "weekly", "weekdays": ["sun", "mon"], "repeats_until": _now(30_000)})
    assert (changed["weekdays"], len(changed["next"])) == (["mon", "sun"], 5)
    assert _sent(api, "PATCH", path, made)["repeat"] == "never"  # what was read can be sent
    assert _sent(api, "POST", f"{path}end/")["on"] is False
    assert (
        _sent(api, "POST", f"{path}end/", status=409)["detail"]
        == "This window is not on now, so there is nothing to end."
    )
    assert [row["id"] for row in _sent(api, "GET", WINDOWS)["results"]] == [made["id"]]
    _sent(api, "DELETE", path, status=204)
    _sent(api, "GET", path, status=404)
    assert MaintenanceWindow.objects.get().archived_at


def test_what_is_wrong_is_named_by_its_field(cast: Cast, api: ApiClient) -> None:
    make_test(cast.other_team, "theirs")
    daily = {"name": "x", "starts_at": _now(), "minutes": 5, "tests": ["theirs"], "repeat": "daily"}
    assert set(_sent(api, "POST", WINDOWS, daily, 400)["errors"]) == {"tests"}
    assert set(_sent(api, "POST", WINDOWS, {**daily, "tests": []}, 400)["errors"]) == {"tests", "repeats_until"}
    wrong: dict[str, Any] = {"tests": [{"a": 1}], "starts_at": [], "weekdays": [[]], "selector": {}, "ends_at": {}}
    bodies: list[Any] = [[], "x", wrong]
    for body in bodies:
        _sent(api, "POST", WINDOWS, body, 400)


def test_a_viewers_key_reads_only(cast: Cast) -> None:
    viewer = ApiClient(key_of(cast.team, "viewer"))
    _sent(viewer, "GET", WINDOWS)
    _sent(viewer, "POST", WINDOWS, {}, 403)
