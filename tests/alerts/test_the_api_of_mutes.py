"""Mutes over the API: begun for a rule, a test or everything, listed, ended; nothing of another team is in reach."""

from typing import Any

import pytest

from alerts.models import AlertRule, Test
from tests.alerts.factories import make_rule, make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast

MUTES = "/api/v1/mutes/"


@pytest.fixture
def api(cast: Cast) -> ApiClient:
    return ApiClient(key_of(cast.team))


@pytest.fixture
def test(cast: Cast) -> Test:
    return make_test(cast.team)


@pytest.fixture
def rule(cast: Cast, test: Test) -> AlertRule:
    return make_rule(cast.team, [test])


def begin(api: ApiClient, status: int = 201, **body: Any) -> Any:
    answer = api.send("POST", MUTES, {"minutes": None, **body})
    assert answer.status_code == status, answer.content
    return answer.json()


def ids(api: ApiClient, query: str = "") -> list[int]:
    return [each["id"] for each in api.get(f"{MUTES}{query}").json()["results"]]


def test_a_rule_a_test_or_everything_is_muted(api: ApiClient, rule: AlertRule, test: Test) -> None:
    of_rule = begin(api, rule=rule.pk, minutes=30, reason="deploying")
    of_test = begin(api, test=test.slug, minutes=None)
    of_all = begin(api)

    assert [(each["rule"], each["test"]) for each in (of_rule, of_test, of_all)] == [
        (rule.pk, None),
        (None, "checkout"),
        (None, None),
    ]
    assert (of_rule["reason"], of_rule["by"], of_rule["ended_at"]) == ("deploying", "API key member", None)
    assert (of_test["until"], of_all["until"]) == (None, None)
    assert of_rule["until"].endswith("Z")
    assert api.get(f"{MUTES}{of_rule['id']}/").json() == of_rule


def test_ending_one_ends_it_and_twice_changes_nothing(api: ApiClient, rule: AlertRule) -> None:
    made, other = begin(api, rule=rule.pk, minutes=30), begin(api)

    first = api.send("POST", f"{MUTES}{made['id']}/end/")
    again = api.send("POST", f"{MUTES}{made['id']}/end/")

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["ended_by"] == "API key member"
    assert (ids(api, "?state=on"), ids(api, "?state=over")) == ([other["id"]], [made["id"]])
    assert ids(api) == ids(api, "?state=on,over") == [other["id"], made["id"]]


def test_what_is_another_teams_is_not_there(cast: Cast, api: ApiClient) -> None:
    strangers = ApiClient(key_of(cast.other_team))
    their_test = make_test(cast.other_team, "theirs")
    theirs = begin(strangers, test=their_test.slug)
    their_rule = make_rule(cast.other_team, [their_test])

    assert "rule" in begin(api, 400, rule=their_rule.pk)["errors"]
    assert "test" in begin(api, 400, test="theirs")["errors"]
    assert api.get(f"{MUTES}{theirs['id']}/").status_code == 404
    assert api.send("POST", f"{MUTES}{theirs['id']}/end/").status_code == 404
    assert ids(api) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 44_641}, "minutes"),
        ({"minutes": True}, "minutes"),
        ({"rule": "7"}, "rule"),
        ({"rule": 2**63}, "rule"),
        ({"test": 7}, "test"),
        ({"test": "a\x00b"}, "test"),
        ({"reason": "x" * 501}, "reason"),
        ({"until": "2026-03-02T12:00:00Z"}, "until"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(api: ApiClient, body: dict[str, Any], field: str) -> None:
    assert list(begin(api, 400, **body)["errors"]) == [field]
    assert ids(api) == []


def test_a_viewers_key_reads_only(cast: Cast, api: ApiClient) -> None:
    made, viewer = begin(api), ApiClient(key_of(cast.team, "viewer"))
    assert viewer.get(f"{MUTES}{made['id']}/").status_code == 200
    assert viewer.send("POST", MUTES, {}).status_code == 403
    assert viewer.send("POST", f"{MUTES}{made['id']}/end/").status_code == 403
