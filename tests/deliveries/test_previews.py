"""Preview: what an integration would send of a real alert; nothing is sent, and no secret is shown."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.test import Client

from alerts.models import Alert, AlertRule
from channels_app import registry
from deliveries.messages import STORIES
from deliveries.models import Delivery
from deliveries.previews import offered, preview
from integrations import trials
from integrations.masking import DOTS
from integrations.models import Integration
from teams.access import Actor
from teams.errors import TooOften
from teams.models import Role, Team
from tests.api.calls import ApiClient, key_of
from tests.channels_app.kinds import SAMPLES
from tests.channels_app.kinds import webhook as sample
from tests.channels_app.samples import config_for
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, tick, trigger
from tests.integrations.browsing import enter
from tests.integrations.factories import make_integration
from tests.servers.http import Receiver

CALL = "/api/v1/integrations/preview/"
PAGE = "/t/ops/integrations/preview/"
PART = {"HX-Request": "true"}
URL = "https://hooks.example.org/alerts"
TEMPLATE = '{"is": "{{ alert.rule }}", "event": "{{ event }}", "value": {{ alert.readings[0].value | json }}}'


@pytest.fixture
def api(cast: Cast) -> ApiClient:
    return ApiClient(key_of(cast.team, Role.MEMBER))


@pytest.fixture
def client(cast: Cast) -> Client:
    return enter(cast.member)


@pytest.fixture
def rule(cast: Cast) -> AlertRule:
    return rule_for(cast.team, name="Slow checkout", message="Call the cashiers.")


@pytest.fixture
def alert(rule: AlertRule, now: datetime) -> Alert:
    return trigger(rule, now - timedelta(days=2))


def template(**config: Any) -> dict[str, Any]:
    return {"url": URL, "body": "template", "template": TEMPLATE, **config}


def asked(api: ApiClient, **body: Any) -> Any:
    return api.send("POST", CALL, {"kind": "webhook", "config": {"url": URL}, **body})


def posted(**fields: str) -> dict[str, str]:
    """What the form of a webhook integration posts."""
    own = {"integration-kind": "webhook", "integration-name": "hook", "method": "POST", "auth": "none"}
    return {**own, "url": URL, "body": "generic", "content_type": "application/json", **fields}


def test_a_preview_is_the_very_body_of_the_teams_last_alert(api: ApiClient, alert: Alert) -> None:
    answer = asked(api, config=template())
    assert answer.status_code == 200
    told = answer.json()
    assert json.loads(told["body"]) == {"is": "Slow checkout", "event": "triggered", "value": 812.5}
    assert (told["alert"], told["event"], told["problem"]) == (alert.number, "triggered", "")
    assert told["content_type"] == told["headers"]["Content-Type"] == "application/json"


def test_any_event_of_any_alert_may_be_chosen(api: ApiClient, rule: AlertRule, alert: Alert, now: datetime) -> None:
    clear(alert, now - timedelta(days=1))
    trigger(rule, now)

    def event_of(**chosen: Any) -> tuple[str, int]:
        told = asked(api, config=template(), **chosen).json()
        return json.loads(told["body"])["event"], told["alert"]

    assert event_of() == ("triggered", alert.number + 1)
    assert event_of(alert=alert.number) == ("cleared", alert.number)
    assert event_of(alert=alert.number, event="triggered") == ("triggered", alert.number)


def test_it_is_told_as_it_was_told_then(api: ApiClient, alert: Alert) -> None:
    assert "ago" not in json.loads(asked(api).json()["body"])["summary"]


def test_without_any_alert_one_is_made_up(api: ApiClient, cast: Cast) -> None:
    told = asked(api).json()
    assert told["alert"] is None
    assert json.loads(told["body"])["alert"]["rule"] == "Slow checkout"
    assert not Alert.objects.exists()


@pytest.mark.parametrize("kind", [each.spec.kind for each in registry.kinds()])
def test_every_kind_can_be_previewed_and_shows_no_secret(
    api: ApiClient, alert: Alert, kind: str, receiver: Receiver
) -> None:
    config = config_for(kind, receiver.url)
    answer = api.send("POST", CALL, {"kind": kind, "config": config})
    if answer.status_code == 400:  # what is not installed here cannot be typed either
        assert "kind" in answer.json()["errors"]
        return
    told = answer.json()
    assert told["problem"] == ""
    assert told["body"]
    assert not [secret for secret in SAMPLES[kind].secrets if secret in answer.content.decode()]


@pytest.mark.parametrize("secret", ["a1b2", 'quoted"and\\\\slashed'])
@pytest.mark.parametrize(
    ("kind", "field", "config"),
    [
        ("pagerduty", "routing_key", {"server": "https://events.example"}),
        ("nagios", "token", {"way": "nrdp", "url": "https://nagios.example/nrdp/"}),
    ],
)
def test_a_secret_that_is_short_or_escaped_is_not_shown_either(
    api: ApiClient, kind: str, field: str, config: dict[str, str], secret: str
) -> None:
    told = api.send("POST", CALL, {"kind": kind, "config": {**config, field: secret}}).json()
    assert "[secret]" in told["body"]
    assert not [form for form in (secret, json.dumps(secret)[1:-1], quote_plus(secret)) if form in told["body"]]


def test_nobody_finds_out_a_password_by_guessing(api: ApiClient) -> None:
    config = {"url": "https://hooks.example.org/x", "auth": "basic", "user": "u", "password": "hunter22"}
    template = {"body": "template", "content_type": "text/plain", "template": "hunter21 hunter22"}
    told = api.send("POST", CALL, {"kind": "webhook", "config": {**config, **template}}).json()
    assert told["body"] == template["template"]


def test_headers_are_named_and_what_proves_the_caller_is_masked(api: ApiClient, alert: Alert) -> None:
    headers = asked(api, config=sample.SAMPLE.config("https://remote.example")).json()["headers"]
    assert headers.keys() == {
        *("X-Source", "Content-Type", "Authorization", "Bellhop-Id", "Bellhop-Timestamp", "Bellhop-Signature")
    }
    assert {headers[name] for name in ("X-Source", "Authorization", "Bellhop-Signature")} == {DOTS}
    assert headers["Bellhop-Id"] == "preview"


def test_nothing_is_sent_or_stored(api: ApiClient, alert: Alert, receiver: Receiver) -> None:
    before = Delivery.objects.count(), Integration.objects.count()
    for kind in ("webhook", "slack", "hipchat"):
        assert api.send("POST", CALL, {"kind": kind, "config": config_for(kind, receiver.url)}).status_code == 200
    assert receiver.connections == 0
    assert (Delivery.objects.count(), Integration.objects.count()) == before


def test_kept_secrets_stand_in_for_their_masks(api: ApiClient, cast: Cast, alert: Alert) -> None:
    saved = make_integration(cast.team, "webhook", config=sample.SAMPLE.config("https://remote.example"))
    config = api.get(f"/api/v1/integrations/{saved.pk}/").json()["config"]
    assert asked(api, config={**config, "body": "mackerel"}, integration=saved.pk).status_code == 200
    assert asked(api, config={**config, "body": "mackerel"}).status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"config": {"url": URL, "body": "template", "template": "{{ x }}"}}, "config.template"),
        ({"config": {}}, "config.url"),
        ({"config": "x"}, "config"),
        ({"kind": "pigeon"}, "kind"),
        ({"alert": 0}, "alert"),
        ({"alert": 2**63}, "alert"),
        ({"alert": "x"}, "alert"),
        ({"event": "danced"}, "event"),
        ({"other": 1}, "other"),
    ],
)
def test_bad_input_is_named(api: ApiClient, alert: Alert, body: dict[str, Any], field: str) -> None:
    answer = asked(api, **body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_another_teams_alert_is_not_there_and_its_integration_neither(
    api: ApiClient, cast: Cast, now: datetime
) -> None:
    theirs = trigger(rule_for(cast.other_team, name="canary"), now)
    for number in (theirs.number, 999):
        assert asked(api, alert=number).status_code == 404
    assert asked(api, event="cleared").status_code == 404
    place = make_integration(cast.other_team)
    answer = asked(api, integration=place.pk)
    assert answer.status_code == 400
    assert "integration" in answer.json()["errors"]


def test_only_who_may_edit_may_preview(cast: Cast, alert: Alert) -> None:
    assert asked(ApiClient(key_of(cast.team, Role.VIEWER))).status_code == 403
    assert enter(cast.viewer).post(PAGE, posted()).status_code == 403
    assert enter(cast.outsider).post(PAGE, posted()).status_code == 404
    assert enter(cast.member).get(PAGE).status_code == 405
    with pytest.raises(PermissionDenied):
        preview(Actor(cast.team, Role.VIEWER, cast.viewer), kind="webhook", config={"url": URL}, now=alert.started_at)


def test_the_page_shows_the_body_as_people_read_it(client: Client, alert: Alert) -> None:
    html = client.post(PAGE, posted(body="template", template=TEMPLATE), headers=PART).content.decode()
    assert "&quot;is&quot;: &quot;Slow checkout&quot;," in html
    assert f'<option value="{alert.number}-triggered" selected>' in html
    assert "<html" not in html
    assert "<html" in client.post(PAGE, posted()).content.decode()


def test_the_page_shows_the_alert_that_was_chosen(client: Client, rule: AlertRule, alert: Alert, now: datetime) -> None:
    clear(alert, now)
    trigger(rule, now + timedelta(minutes=5))
    html = client.post(PAGE, posted(**{"preview-alert": f"{alert.number}-cleared"}), headers=PART).content.decode()
    assert f"#{alert.number} CLEARED" in html
    for wrong in ("999-cleared", "x", "1-", f"{alert.number}-danced", "9" * 30 + "-cleared"):
        assert client.post(PAGE, posted(**{"preview-alert": wrong})).status_code == 404


def test_the_page_says_what_is_wrong_by_the_fields_labels(client: Client, alert: Alert) -> None:
    answer = client.post(PAGE, posted(url="", body="template", template="{{ x }}"), headers=PART)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "<li>URL: " in html
    assert "<li>Template: Line 1: a message has no “x”" in html
    assert client.post(PAGE, {"integration-kind": "pigeon"}).status_code == 422


def test_the_page_of_a_saved_one_keeps_its_secrets(client: Client, cast: Cast, alert: Alert) -> None:
    saved = make_integration(cast.team, "webhook", config=sample.SAMPLE.config("https://remote.example"))
    page = client.get(f"/t/ops/integrations/{saved.pk}/")
    shown = page.context["draft"].config_form.initial
    fields = {**posted(), **{name: value for name, value in shown.items() if value}}
    answer = client.post(PAGE, {**fields, "integration-id": str(saved.pk)}, headers=PART)
    assert answer.status_code == 200
    assert not [secret for secret in sample.SAMPLE.secrets if secret in answer.content.decode()]
    for foreign in (make_integration(cast.other_team).pk, "x", 0):
        assert client.post(PAGE, {**posted(), "integration-id": str(foreign)}).status_code == 404


def test_both_forms_offer_it(client: Client, cast: Cast) -> None:
    saved = make_integration(cast.team)
    for page in ("new/?kind=webhook", f"{saved.pk}/"):
        assert f'hx-post="{PAGE}"' in client.get(f"/t/ops/integrations/{page}").content.decode()


def test_openings_and_ends_of_the_last_alerts_are_offered(cast: Cast, rule: AlertRule, now: datetime) -> None:
    for minutes in range(0, 100, 10):
        clear(trigger(rule, now + timedelta(minutes=minutes)), now + timedelta(minutes=minutes + 5))
    found = [(event.alert.number, event.type) for event in offered(cast.team)]
    assert found[:2] == [(10, "cleared"), (10, "triggered")]
    assert len(found) == 16
    assert {each for _, each in found} <= STORIES.keys()


def test_a_template_that_stopped_working_says_so(cast: Cast, alert: Alert) -> None:
    with pytest.raises(ValidationError):
        preview(
            Actor(cast.team, Role.MEMBER, cast.member),
            kind="webhook",
            config=template(template="{{ x }}"),
            now=alert.started_at,
        )
    with pytest.raises(Http404):
        preview(
            Actor(cast.team, Role.MEMBER, cast.member),
            kind="webhook",
            config=template(),
            alert=99,
            now=alert.started_at,
        )


def test_what_is_previewed_is_what_is_sent(
    cast: Cast, api: ApiClient, receiver: Receiver, rule: AlertRule, now: datetime
) -> None:
    place = make_integration(cast.team, "webhook", config=template(url=f"{receiver.url}/x"))
    tick(rule, place)
    trigger(rule, now)
    send_all(now)

    (sent,) = receiver.received
    assert sent.body.decode() == asked(api, config=template()).json()["body"]


def test_a_team_looks_as_often_as_it_may_test_and_uses_up_no_test_by_it(
    cast: Cast, alert: Alert, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "TEAM_TESTS_A_MINUTE", 3)

    def look(team: Team, at: datetime = now) -> None:
        preview(Actor(team, Role.MEMBER, cast.member), kind="webhook", config={"url": URL}, now=at)

    for _ in range(3):
        look(cast.team)
    with pytest.raises(TooOften, match="3 previews a minute"):
        look(cast.team)

    look(cast.other_team)
    look(cast.team, now + timedelta(minutes=1))
    trials.throttle(cast.team, "draft", now)


def test_who_looks_too_often_is_told_so(
    api: ApiClient, client: Client, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "TEAM_TESTS_A_MINUTE", 0)

    told = asked(api)
    assert told.status_code == 429
    assert "At most 0 previews a minute" in told.json()["detail"]
    page = client.post(PAGE, posted(), headers=PART)
    assert page.status_code == 429
    assert "At most 0 previews a minute" in page.content.decode()
