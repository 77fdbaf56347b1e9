"""Tests, measurements, rules and alerts over the API, as a program meets them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts.models import Alert, AlertEvent, AlertRule, Measurement, Test
from tests.alerts.factories import make_rule, make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.integrations.factories import make_integration

SLOW = {"metric": "response_time", "operator": ">", "threshold": 500}


@pytest.fixture
def api(cast: Cast) -> ApiClient:
    return ApiClient(key_of(cast.team))


@pytest.fixture
def checkout(cast: Cast) -> Test:
    return make_test(cast.team)


def _ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def _measure(api: ApiClient, value: object, minutes_ago: float = 0, **more: Any) -> Any:
    at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
    measurement = {"test": "checkout", "metric": "response_time", "source": "fra1", "observed_at": at, "value": value}
    return api.send("POST", "/api/v1/measurements/", {"measurements": [measurement], **more})


def test_the_whole_way_from_a_test_to_a_cleared_alert(cast: Cast, api: ApiClient) -> None:
    made = _ok(api.send("POST", "/api/v1/tests/", {"name": "Checkout", "interval": 10, "labels": {"env": "prod"}}), 201)
    assert made == {
        "slug": "checkout",
        "name": "Checkout",
        "enabled": True,
        "target": "",
        "interval": 10,
        "labels": {"env": "prod"},
    }
    integration = make_integration(cast.team)
    rule = _ok(
        api.send(
            "POST",
            "/api/v1/rules/",
            {
                "name": "Too slow",
                "severity": "major",
                "conditions": [SLOW],
                "tests": ["checkout"],
                "integrations": [integration.pk],
            },
        ),
        201,
    )
    assert rule["warnings"] == ["No source has sent the metric response_time yet."]
    assert (rule["tests"], rule["integrations"]) == (["checkout"], [integration.pk])

    assert _ok(_measure(api, 812.5, 2), 202) == {"accepted": 1, "rejected": []}
    (alert,) = _ok(api.get("/api/v1/alerts/?state=triggered"))["results"]
    assert (alert["id"], alert["rule"], alert["test"], alert["severity"]) == (1, rule["id"], "checkout", "major")
    assert (alert["cleared_at"], alert["cleared_reason"], alert["acknowledged_by"]) == (None, None, None)
    assert alert["started_at"].endswith("Z")

    _ok(_measure(api, 100, 1), 202)
    alert = _ok(api.get("/api/v1/alerts/1/"))
    assert (alert["state"], alert["cleared_reason"]) == ("cleared", "recovered")
    assert [(event["type"], event["actor"]) for event in alert["events"]] == [
        ("triggered", "Bellhop"),
        ("cleared", "Bellhop"),
    ]
    assert _ok(api.get(f"/api/v1/rules/{rule['id']}/"))["warnings"] == []


def test_defaults_of_a_rule_are_the_documented_ones(api: ApiClient, checkout: Test) -> None:
    rule = _ok(api.send("POST", "/api/v1/rules/", {"name": "r", "conditions": [SLOW]}), 201)
    assert rule == {
        "id": rule["id"],
        "name": "r",
        "enabled": True,
        "severity": "minor",
        "match": "all",
        "conditions": [{"metric": "response_time", "operator": ">", "threshold": 500.0, "severity": ""}],
        "rounds_required": 1,
        "rounds_window": 1,
        "rounds_mode": "any",
        "minimum_sources": 1,
        "minimum_sources_percent": None,
        "recipients": [],
        "notify_on_clear": True,
        "message": "",
        "runbook": "",
        "when_data_stops": "keep",
        "no_data_minutes": 10,
        "reopen_after": 43200,
        "tests": [],
        "selector": [],
        "selected_tests": [],
        "integrations": [],
        "groups": [],
        "only_these": False,
        "remind_minutes": None,
        "least_gap_minutes": None,
        "hours": None,
        "escalation": [],
        "shadow": False,
        "drill_weekly": False,
        "warnings": ["No source has sent the metric response_time yet."],
    }


def test_what_was_read_can_be_sent_back(api: ApiClient, checkout: Test) -> None:
    rule = _ok(api.send("POST", "/api/v1/rules/", {"name": "r", "conditions": [SLOW], "tests": ["checkout"]}), 201)
    rule["minimum_sources_percent"] = None
    assert _ok(api.send("PATCH", f"/api/v1/rules/{rule['id']}/", rule)) == rule
    test = _ok(api.get("/api/v1/tests/checkout/"))
    assert _ok(api.send("PATCH", "/api/v1/tests/checkout/", test)) == test


def test_patch_replaces_whole_lists(cast: Cast, api: ApiClient, checkout: Test) -> None:
    make_test(cast.team, "front")
    rule = _ok(
        api.send(
            "POST",
            "/api/v1/rules/",
            {"name": "r", "conditions": [SLOW], "tests": ["checkout"], "recipients": ["a@example.com"]},
        ),
        201,
    )
    changed = _ok(api.send("PATCH", f"/api/v1/rules/{rule['id']}/", {"tests": ["front"], "recipients": []}))
    assert (changed["tests"], changed["recipients"], changed["name"]) == (["front"], [], "r")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"tests": ["theirs"]}, "tests"),
        ({"tests": ["unknown"]}, "tests"),
        ({"tests": [17]}, "tests"),
        ({"tests": "checkout"}, "tests"),
        ({"integrations": [987654321]}, "integrations"),
        ({"integrations": [True]}, "integrations"),
        ({"integrations": ["1"]}, "integrations"),
        ({"integrations": [10**30]}, "integrations"),
        ({"severity": None}, "severity"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_body_is_400_at_its_field(
    body: dict[str, Any], field: str, cast: Cast, api: ApiClient, checkout: Test
) -> None:
    make_test(cast.other_team, "theirs")
    answer = api.send("POST", "/api/v1/rules/", {"name": "r", "conditions": [SLOW], **body})
    problem = _ok(answer, 400)
    assert list(problem["errors"]) == [field]
    assert answer["Content-Type"] == "application/problem+json"


def test_foreign_and_unknown_ids_get_the_same_words(cast: Cast, api: ApiClient) -> None:
    theirs = make_integration(cast.other_team)
    texts = {}
    for pk in (theirs.pk, 987654321):
        problem = _ok(
            api.send("POST", "/api/v1/rules/", {"name": "r", "conditions": [SLOW], "integrations": [pk]}), 400
        )
        texts[pk] = problem["errors"]["integrations"][0].replace(str(pk), "N")
    assert len(set(texts.values())) == 1


def test_rules_are_found_by_their_whole_name(cast: Cast, api: ApiClient) -> None:
    for name in ("one", "two"):
        make_rule(cast.team, [], name=name)
    assert [rule["name"] for rule in _ok(api.get("/api/v1/rules/?name=two"))["results"]] == ["two"]
    assert _ok(api.get("/api/v1/rules/?nam=two"), 400)["errors"].keys() == {"nam"}


def test_another_teams_things_are_404(cast: Cast, api: ApiClient) -> None:
    rule = make_rule(cast.other_team, [make_test(cast.other_team, "theirs")])
    for path in (f"rules/{rule.pk}/", "tests/theirs/", "alerts/1/"):
        assert api.get(f"/api/v1/{path}").status_code == 404
        assert api.send("PATCH", f"/api/v1/{path}", {}).status_code in (404, 405)
        assert api.send("DELETE", f"/api/v1/{path}").status_code in (404, 405)
    assert AlertRule.objects.of(cast.other_team).count() == 1


def test_deleting_archives(cast: Cast, api: ApiClient, checkout: Test) -> None:
    rule = make_rule(cast.team, [checkout])
    _measure(api, 900)
    _ok(api.send("DELETE", f"/api/v1/rules/{rule.pk}/"), 204)
    _ok(api.send("DELETE", "/api/v1/tests/checkout/"), 204)
    assert api.get(f"/api/v1/rules/{rule.pk}/").status_code == 404
    assert _ok(api.get("/api/v1/alerts/1/"))["cleared_reason"] == "rule_deleted"
    assert (AlertRule.objects.count(), Test.objects.count(), Measurement.objects.count()) == (1, 1, 1)


def test_a_batch_without_one_good_measurement_is_400_in_the_same_form(api: ApiClient, checkout: Test) -> None:
    problem = _ok(_measure(api, "fast"), 400)
    assert problem == {
        "accepted": 0,
        "rejected": [{"index": 0, "errors": {"value": ['Must be a number; got "fast".']}}],
    }
    answer = api.send(
        "POST",
        "/api/v1/measurements/",
        '{"measurements": [{"test": "checkout", "metric": "m", '
        '"source": "s", "observed_at": "2026-01-01T00:00:00Z", "value": NaN}]}',
    )
    assert "got NaN" in _ok(answer, 400)["rejected"][0]["errors"]["value"][0]
    assert _ok(_measure(api, 1, notify="loud"), 400)["errors"].keys() == {"notify"}


@pytest.fixture
def alert(cast: Cast, api: ApiClient, checkout: Test) -> Alert:
    make_rule(cast.team, [checkout], severity="major")
    _measure(api, 900)
    return Alert.objects.get()


def test_every_action_answers_with_the_alert(cast: Cast, api: ApiClient, alert: Alert) -> None:
    acknowledged = _ok(api.send("POST", "/api/v1/alerts/1/acknowledge/"))
    assert (acknowledged["state"], acknowledged["acknowledged_by"]) == ("acknowledged", "API key member")
    assert _ok(api.send("POST", "/api/v1/alerts/1/unacknowledge/"))["acknowledged_by"] is None
    assert (
        _ok(api.send("POST", "/api/v1/alerts/1/assign/", {"to": "Owner@example.com"}))["assigned_to"]
        == cast.owner.email
    )
    noted = _ok(api.send("POST", "/api/v1/alerts/1/note/", {"text": "disk is full"}))
    assert noted["events"][-1]["detail"] == {"text": "disk is full"}
    closed = _ok(api.send("POST", "/api/v1/alerts/1/close/", {"reason": "rebooted"}))
    assert (closed["state"], closed["cleared_reason"], closed["still_violated"]) == ("cleared", "closed_by_hand", True)
    assert closed["events"][-1]["detail"] == {"reason": "closed_by_hand", "text": "rebooted"}
    for name, body in (("acknowledge", ""), ("note", {"text": "x"}), ("close", "")):
        assert "is cleared" in _ok(api.send("POST", f"/api/v1/alerts/1/{name}/", body), 409)["detail"]


def test_acting_twice_is_200_and_no_second_event(api: ApiClient, alert: Alert) -> None:
    for _ in range(2):
        _ok(api.send("POST", "/api/v1/alerts/1/acknowledge/"))
    assert AlertEvent.objects.filter(type="acknowledged").count() == 1


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("assign", {}, "to"),
        ("assign", {"to": 5}, "to"),
        ("assign", {"to": "nobody@example.com"}, "to"),
        ("assign", {"to": "outsider@example.com"}, "to"),
        ("assign", {"to": "viewer@example.com"}, "to"),
        ("note", {}, "text"),
        ("note", {"text": " "}, "text"),
        ("note", {"text": "x", "by": "me"}, "by"),
        ("close", {"reason": "x" * 1001}, "reason"),
    ],
)
def test_a_bad_action_is_400_at_its_field(
    name: str, body: dict[str, Any], field: str, api: ApiClient, alert: Alert
) -> None:
    assert list(_ok(api.send("POST", f"/api/v1/alerts/1/{name}/", body), 400)["errors"]) == [field]
    assert AlertEvent.objects.count() == 1


def test_unknown_and_foreign_people_get_the_same_words(api: ApiClient, alert: Alert) -> None:
    texts = [
        _ok(api.send("POST", "/api/v1/alerts/1/assign/", {"to": to}), 400)["errors"]["to"][0].replace(to, "X")
        for to in ("nobody@example.com", "outsider@example.com")
    ]
    assert texts[0] == texts[1]


def test_a_viewers_key_reads_and_does_nothing_else(cast: Cast, alert: Alert) -> None:
    viewer = ApiClient(key_of(cast.team, "viewer"))
    assert viewer.get("/api/v1/alerts/").status_code == 200
    for method, path in (
        ("POST", "alerts/1/acknowledge/"),
        ("POST", "alerts/1/close/"),
        ("POST", "measurements/"),
        ("POST", "rules/"),
        ("PATCH", f"rules/{alert.rule.pk}/"),
        ("DELETE", "tests/checkout/"),
    ):
        assert viewer.send(method, f"/api/v1/{path}", {}).status_code == 403
    assert AlertEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [2, 1]),
        ("?state=cleared", [1]),
        ("?state=triggered,acknowledged", [2]),
        ("?severity=major,critical", [2, 1]),
        ("?severity=info", []),
        ("?test=checkout", [2, 1]),
        ("?test=other", []),
        ("?rule=999999", []),
        ("?until=2026-03-02T12:00:00Z", [1]),
        ("?since=2026-03-02T12:30:00Z", [2]),
        ("?since=2026-03-02T12:10:00%2B00:00&until=2026-03-02T12:30:00Z", []),
    ],
)
def test_filters_narrow_the_list(query: str, numbers: list[int], cast: Cast, api: ApiClient, checkout: Test) -> None:
    rule = make_rule(cast.team, [checkout], severity="major")
    start = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    for number, (begin, end) in enumerate(((0, 5), (60, None)), start=1):
        Alert.objects.create(
            team=cast.team,
            number=number,
            rule=rule,
            test=checkout,
            fingerprint=str(number),
            severity="major",
            started_at=start + timedelta(minutes=begin),
            **(
                {"state": "cleared", "cleared_reason": "recovered", "cleared_at": start + timedelta(minutes=end)}
                if end
                else {}
            ),
        )
    assert [alert["id"] for alert in _ok(api.get(f"/api/v1/alerts/{query}"))["results"]] == numbers


@pytest.mark.parametrize(
    "query",
    [
        "state=open",
        "severity=bad",
        "rule=x",
        "rule=-1",
        "since=yesterday",
        "until=2026-03-02",
        "stat=cleared",
        "page_size=0",
    ],
)
def test_a_filter_that_means_nothing_is_400_and_named(query: str, api: ApiClient) -> None:
    assert list(_ok(api.get(f"/api/v1/alerts/?{query}"), 400)["errors"]) == [query.split("=")[0]]


def test_lists_ask_a_constant_number_of_questions(
    cast: Cast, api: ApiClient, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    for n in range(9):
        test = make_test(cast.team, f"t{n}")
        make_rule(cast.team, [test], name=f"r{n}")
        measurement = {
            "test": test.slug,
            "metric": "response_time",
            "source": "a",
            "observed_at": now.isoformat(),
            "value": 900,
        }
        api.send("POST", "/api/v1/measurements/", {"measurements": [measurement]})
    for path, most in (("alerts/", 6), ("rules/", 8), ("tests/", 5)):
        with django_assert_max_num_queries(most):
            assert len(_ok(api.get(f"/api/v1/{path}"))["results"]) == 9
    page = _ok(api.get("/api/v1/alerts/?page_size=4"))
    assert [alert["id"] for alert in _ok(api.get(page["next"]))["results"]] == [5, 4, 3, 2]
