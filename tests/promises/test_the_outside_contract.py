"""The contract from outside, driven over HTTP against `manage.py up`: from commands to messages in the rooms."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.servers.house import House, wait_for
from tests.servers.http import Answer, Receiver, Request

pytestmark = pytest.mark.promise
INTERVAL = 60


@dataclass
class Scene:
    """A team with one test and one rule that tells a Slack channel and a HipChat room."""

    house: House
    team: str
    slack: Receiver
    hipchat: Receiver
    places: dict[str, int]
    rule: int


@pytest.fixture(scope="module")
def scene(house: House) -> Iterator[Scene]:
    with Receiver() as slack, Receiver(Answer(204, b"")) as hipchat:
        team = house.found_team()
        house.post("/tests/", {"slug": "checkout", "name": "Checkout", "interval": INTERVAL})
        slack_config = {"url": f"{slack.url}/services/T000/B000/secretsecretsecretsecret", "channel": "#ops"}
        hipchat_url = f"{hipchat.url}/v2/room/1147567/notification?auth_token=RoomTokenRoomTokenRoomTokenRoomToken1234"
        configs = {"slack": slack_config, "hipchat": {"url": hipchat_url}}
        places = {
            kind: house.post("/integrations/", {"kind": kind, "name": kind, "config": config})["id"]
            for kind, config in configs.items()
        }
        rule = house.post(
            "/rules/",
            {
                "name": "Slow checkout",
                "severity": "critical",
                "conditions": [{"metric": "response_time", "operator": ">", "threshold": 500}],
                "tests": ["checkout"],
                "integrations": list(places.values()),
                "runbook": "https://wiki.example/slow",
            },
        )
        yield Scene(house, team, slack, hipchat, places, rule["id"])


def measure(house: House, at: datetime, value: float) -> Any:
    point = {"test": "checkout", "metric": "response_time", "source": "fra1", "observed_at": at.isoformat()}
    return house.post("/measurements/", {"measurements": [{**point, "value": value}]})


def text_of(request: Request) -> str:
    """Every string of the message, as one text."""

    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for item in value.values():
                yield from strings(item)
        elif isinstance(value, list):
            for item in value:
                yield from strings(item)
        elif isinstance(value, str):
            yield html.unescape(value)

    return "\n".join(strings(json.loads(request.body)))


def moment_of_link(text: str, base: str, team: str) -> datetime:
    found = re.search(re.escape(f"{base}/t/{team}/views/checkout/") + r"\?at=[^\s|\"<>]+", text)
    assert found, text
    return datetime.fromisoformat(parse_qs(urlsplit(found[0]).query)["at"][0])


def test_a_broken_rule_reaches_both_rooms_and_so_does_its_end(scene: Scene) -> None:
    house = scene.house
    start = datetime.fromtimestamp(datetime.now(UTC).timestamp() // INTERVAL * INTERVAL - INTERVAL, UTC)

    assert measure(house, start, 900) == {"accepted": 1, "rejected": []}

    alert = house.get("/alerts/?state=triggered&test=checkout")["results"][0]
    assert (alert["severity"], alert["rule"], alert["test"]) == ("critical", scene.rule, "checkout")
    assert datetime.fromisoformat(alert["started_at"]) == start
    for receiver in (scene.slack, scene.hipchat):
        text = text_of(receiver.wait_for(1)[0])
        assert f"#{alert['id']}" in text
        for word in ("Slow checkout", "Checkout", "critical", "900", "500", "fra1", "https://wiki.example/slow"):
            assert word.lower() in text.lower(), word
        assert moment_of_link(text, house.url, scene.team) == start

    end = datetime.fromtimestamp(start.timestamp() + INTERVAL, UTC)
    measure(house, end, 100)

    for receiver in (scene.slack, scene.hipchat):
        text = text_of(receiver.wait_for(2)[1])
        assert "cleared" in text.lower()
        assert moment_of_link(text, house.url, scene.team) == end
    alert = house.get(f"/alerts/{alert['id']}/")
    assert (alert["state"], alert["cleared_reason"]) == ("cleared", "recovered")
    assert [event["type"] for event in alert["events"]] == ["triggered", "cleared"]

    def told() -> list[dict[str, Any]]:
        found = house.get(f"/deliveries/?alert={alert['id']}")["results"]
        return found if {row["state"] for row in found} == {"delivered"} else []

    rows = wait_for(told, what="four deliveries")
    assert sorted((row["integration"], row["event"]) for row in rows) == sorted(
        (place, event) for place in scene.places.values() for event in ("triggered", "cleared")
    )
    for row in rows:
        attempts = house.get(f"/deliveries/{row['id']}/")["attempts"]
        assert [attempt["status"] in (200, 204) for attempt in attempts] == [True]


def test_the_calls_carry_what_the_services_ask_for(scene: Scene) -> None:
    slack, hipchat = scene.slack.wait_for(1)[0], scene.hipchat.wait_for(1)[0]

    assert (slack.method, slack.path) == ("POST", "/services/T000/B000/secretsecretsecretsecret")
    assert hipchat.path == "/v2/room/1147567/notification"
    assert hipchat.headers["authorization"] == "Bearer RoomTokenRoomTokenRoomTokenRoomToken1234"
    assert {"slack": slack.headers["content-type"].partition(";")[0], "hipchat": json.loads(hipchat.body)["color"]} == {
        "slack": "application/json",
        "hipchat": "red",
    }


def test_the_test_button_posts_a_marked_message_and_shows_the_answer(scene: Scene) -> None:
    for kind, status in (("slack", 200), ("hipchat", 204)):
        answer = scene.house.post(f"/integrations/{scene.places[kind]}/test/")
        assert (answer["ok"], answer["status"]) == (True, status)
    assert "test" in text_of(scene.slack.received[-1]).lower()


def test_secrets_come_back_masked(scene: Scene) -> None:
    for place in scene.places.values():
        shown = scene.house.call("GET", f"/integrations/{place}/").text
        assert "secretsecret" not in shown
        assert "RoomTokenRoomToken" not in shown


def test_kinds_are_listed_with_fields_and_abilities(scene: Scene) -> None:
    kinds = {kind["kind"]: kind for kind in scene.house.get("/kinds/")}
    assert {"slack", "hipchat", "email"} <= set(kinds)
    assert {"url", "channel"} <= {field["name"] for field in kinds["slack"]["fields"]}
    assert kinds["slack"]["abilities"]


def test_acting_on_an_alert(scene: Scene) -> None:
    house = scene.house
    start = datetime.fromtimestamp(datetime.now(UTC).timestamp() // INTERVAL * INTERVAL + INTERVAL, UTC)
    measure(house, start, 900)
    number = house.get("/alerts/?state=triggered")["results"][0]["id"]

    assert house.post(f"/alerts/{number}/acknowledge/")["state"] == "acknowledged"
    assert house.post(f"/alerts/{number}/acknowledge/")["state"] == "acknowledged"
    house.post(f"/alerts/{number}/note/", {"text": "looking"})
    house.post(f"/alerts/{number}/close/", {"reason": "a drill"})

    alert = house.get(f"/alerts/{number}/")
    assert (alert["state"], alert["cleared_reason"]) == ("cleared", "closed_by_hand")
    assert house.call("POST", f"/alerts/{number}/acknowledge/").status_code == 409


def test_bad_items_are_named_and_good_ones_kept(scene: Scene) -> None:
    now = datetime.now(UTC).isoformat()
    good = {"test": "checkout", "metric": "other", "source": "fra1", "observed_at": now, "value": 1}
    bad = [{**good, "test": "nowhere"}, {**good, "value": "many"}, {**good, "observed_at": "2199-01-01T00:00:00Z"}]

    answer = scene.house.call("POST", "/measurements/", {"measurements": [bad[0], good, *bad[1:]]})

    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    assert [(item["index"], list(item["errors"])) for item in answer.json()["rejected"]] == [
        (0, ["test"]),
        (2, ["value"]),
        (3, ["observed_at"]),
    ]


def test_keys_and_their_errors(scene: Scene) -> None:
    refused = scene.house.call("GET", "/tests/", key="bh_nobody_nothing")
    assert refused.status_code == 401
    assert refused.headers["content-type"].startswith("application/problem+json")

    viewer = scene.house.manage("createapikey", scene.team, "--name", "reader", "--role", "viewer")
    assert scene.house.call("GET", "/tests/", key=viewer).status_code == 200
    assert scene.house.call("POST", "/tests/", {"name": "x"}, key=viewer).status_code == 403


def test_another_team_sees_nothing_of_it(scene: Scene) -> None:
    rivals = scene.house.manage("createteam", "Rivals", "--owner", "eve@example.com", BELLHOP_PASSWORD="correct horse")
    key = scene.house.manage("createapikey", rivals, "--name", "eve", "--role", "admin")

    assert scene.house.call("GET", "/alerts/", key=key).json()["results"] == []
    for path in ("/tests/checkout/", f"/rules/{scene.rule}/", f"/integrations/{scene.places['slack']}/", "/alerts/1/"):
        assert scene.house.call("GET", path, key=key).status_code == 404


def test_pages_without_login(scene: Scene) -> None:
    house = scene.house
    assert house.page("/healthz").status_code == 200
    assert house.page("/readyz").status_code == 200
    assert house.page("/api/v1/schema/").status_code == 200
    assert house.page(f"/t/{scene.team}/alerts/").status_code == 302


def test_the_sandbox_is_not_there(scene: Scene) -> None:
    for path in ("/sandbox/", "/sandbox/slack/", "/sandbox/hipchat/v2/room/1"):
        assert scene.house.page(path).status_code == 404


def test_no_secret_was_logged(scene: Scene) -> None:
    said = scene.house.said()
    assert "secretsecretsecret" not in said
    assert "RoomTokenRoomToken" not in said
    assert scene.house.key not in said
