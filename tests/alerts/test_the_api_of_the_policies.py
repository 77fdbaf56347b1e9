"""The policies of a rule over the API: stored as sent, refused at their place, and audited."""

from typing import Any

import pytest

from alerts.models import AlertRule, Test
from integrations.models import Group, Integration
from teams.models import AuditEntry
from tests.alerts.factories import SLOW, make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.integrations.factories import make_integration

RULES = "/api/v1/rules/"
HOURS = {"time_zone": "Europe/Berlin", "critical_passes": False, "days": {"mon": [["9:00", "17:00"]], "sat": "all"}}


@pytest.fixture
def api(cast: Cast) -> ApiClient:
    return ApiClient(key_of(cast.team))


@pytest.fixture
def room(cast: Cast) -> Integration:
    return make_integration(cast.team)


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


def made(api: ApiClient, **fields: Any) -> Any:
    return ok(api.send("POST", RULES, {"name": "r", "conditions": [SLOW], **fields}), 201)


def test_the_policies_are_stored_and_come_back(api: ApiClient, room: Integration, test: Test) -> None:
    group = Group.objects.create(team=room.team, name="Night")
    sent = {
        "groups": [group.pk],
        "only_these": True,
        "selector": ["env = prod", "tier!=3"],
        "remind_minutes": 30,
        "least_gap_minutes": 5,
        "hours": HOURS,
        "shadow": True,
        "drill_weekly": True,
        "escalation": [
            {"after_minutes": 10, "integrations": [room.pk]},
            {"after_minutes": 30, "recipients": ["boss@example.com"]},
        ],
    }

    rule = made(api, **sent)

    assert {name: rule[name] for name in sent} == sent | {
        "selector": ["env=prod", "tier!=3"],
        "hours": HOURS | {"days": {"mon": [["09:00", "17:00"]], "sat": [["00:00", "24:00"]]}},
        "escalation": [
            {"after_minutes": 10, "integrations": [room.pk], "recipients": []},
            {"after_minutes": 30, "integrations": [], "recipients": ["boss@example.com"]},
        ],
    }
    assert (rule["tests"], rule["selected_tests"]) == ([], ["checkout"])
    assert ok(api.get(f"{RULES}{rule['id']}/")) == rule
    assert ok(api.get(RULES))["results"][0] == rule | {"warnings": []}
    assert ok(api.send("PATCH", f"{RULES}{rule['id']}/", rule)) == rule, "what was read can be sent back"


def test_patch_replaces_the_whole_escalation_and_null_takes_away(api: ApiClient, room: Integration) -> None:
    step = {"after_minutes": 10, "integrations": [room.pk], "recipients": []}
    rule = made(api, escalation=[step, step | {"after_minutes": 20}], hours=HOURS, remind_minutes=3)
    kept = AlertRule.objects.get().escalation_steps.get(after_minutes=20).pk
    later = {"after_minutes": 20, "integrations": [], "recipients": ["a@example.com"]}

    changed = ok(
        api.send("PATCH", f"{RULES}{rule['id']}/", {"escalation": [later], "hours": None, "remind_minutes": None})
    )

    assert changed == rule | {"escalation": [later], "hours": None, "remind_minutes": None}
    assert AlertRule.objects.get().escalation_steps.get().pk == kept, "a step at the same minute stays"
    changes = AuditEntry.objects.filter(action="rule.changed").latest("pk").changes
    assert changes["escalation"] == [rule["escalation"], [later]]
    assert changes["remind_minutes"] == [3, None]
    assert changes.keys() == {"escalation", "hours", "remind_minutes"}


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"groups": [987654321]}, "groups", "There is no group 987654321 in this team."),
        ({"groups": ["1"]}, "groups", 'There is no group "1" in this team.'),
        ({"only_these": "yes"}, "only_these", "Must be true or false"),
        ({"selector": ["env=prod", "x" * 257]}, "selector", "selector[1]: At most 256 characters; this has 257."),
        ({"selector": ["k=(a+)+$" * 1250]}, "selector", "selector[0]: At most 256 characters; this has 10000."),
        ({"remind_minutes": 0}, "remind_minutes", "Must be a whole number from 1 to 10080; got 0."),
        ({"least_gap_minutes": 1441}, "least_gap_minutes", "from 1 to 1440; got 1441."),
        ({"hours": HOURS | {"time_zone": "Mars"}}, "hours", "time_zone: Must be the name of a time zone"),
        ({"hours": HOURS | {"days": {"mon": [["9", "5"]]}}}, "hours", "days.mon: Must be a time such as 09:00"),
        ({"shadow": 1}, "shadow", "Must be true or false; got 1."),
        ({"escalation": {}}, "escalation", "Must be a list of steps"),
        ({"escalation": [{}] * 6}, "escalation", "At most 5 steps; got 6."),
        ({"escalation": ["boss"]}, "escalation", "escalation[0]: Must be an object with after_minutes,"),
        ({"escalation": [{"after_minutes": 5}]}, "escalation", "escalation[0]: Name an integration or a recipient"),
        ({"escalation": [{"recipients": ["a@example.com"]}]}, "escalation", "escalation[0].after_minutes: This field"),
        (
            {"escalation": [{"after_minutes": 0, "recipients": ["a@example.com"]}]},
            "escalation",
            "escalation[0].after_minutes: Must be a whole number from 1 to 10080; got 0.",
        ),
        (
            {"escalation": [{"after_minutes": 9, "recipients": ["a@example.com"]}] * 2},
            "escalation",
            "escalation[1].after_minutes: Must be more than the step before it has (9); got 9.",
        ),
        (
            {"escalation": [{"after_minutes": 5, "integrations": [987654321]}]},
            "escalation",
            "escalation[0].integrations: There is no integration 987654321 in this team.",
        ),
        (
            {"escalation": [{"after_minutes": 5, "recipients": ["nobody"]}]},
            "escalation",
            'escalation[0].recipients: "nobody" is not an e-mail address.',
        ),
        ({"escalation": [{"after_minutes": 5, "who": "me"}]}, "escalation", "escalation[0].who: Unknown field."),
    ],
)
def test_what_is_wrong_is_said_with_place_and_limit(
    body: dict[str, Any], field: str, words: str, api: ApiClient
) -> None:
    problem = ok(api.send("POST", RULES, {"name": "r", "conditions": [SLOW], **body}), 400)

    assert list(problem["errors"]) == [field]
    assert problem["errors"][field][0].startswith(words) or words in problem["errors"][field][0]
    assert not AlertRule.objects.exists()


def test_another_teams_things_are_as_unknown_ones(cast: Cast, api: ApiClient) -> None:
    theirs = make_integration(cast.other_team)
    group = Group.objects.create(team=cast.other_team, name="Theirs")
    make_test(cast.other_team, "theirs", labels={"env": "prod"})
    body = {"groups": [group.pk], "escalation": [{"after_minutes": 5, "integrations": [theirs.pk]}]}

    errors = ok(api.send("POST", RULES, {"name": "r", "conditions": [SLOW], **body}), 400)["errors"]

    assert errors == {
        "groups": [f"There is no group {group.pk} in this team."],
        "escalation": [f"escalation[0].integrations: There is no integration {theirs.pk} in this team."],
    }
    assert made(api, selector=["env=prod"])["selected_tests"] == []
