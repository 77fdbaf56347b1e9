"""What a HipChat room or PagerDuty may do is what the integration says; left out, nothing. Its secrets stay secret."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels_app.hearing import Trust
from integrations import selectors
from integrations.models import Integration
from teams.models import AuditEntry, Role
from teams.services import create_api_key
from tests.conftest import Cast
from tests.integrations.browsing import BASE, IN_POPUP, enter
from tests.integrations.factories import HIPCHAT, make_integration

URL = "/api/v1/integrations/"
JWT_SECRET = "canaryOOo7PBD8vSDgFkIRGyyrtQiPZxJrkxYtL"
HOOK_SECRET = "canary-signing-secret-of-a-subscription"
PAGERDUTY = {"routing_key": "0123456789abcdefABCDEF0123456789"}
SECRETS = {"hipchat": ("oauth_secret", JWT_SECRET), "pagerduty": ("hook_secret", HOOK_SECRET)}
CONFIGS: dict[str, dict[str, Any]] = {"hipchat": HIPCHAT, "pagerduty": PAGERDUTY}


@pytest.fixture
def api(cast: Cast) -> Client:
    _, plain = create_api_key(None, cast.team, "key", Role.MEMBER, None, timezone.now())
    return Client(headers={"Authorization": f"Bearer {plain}"})


def trust_of(integration: Integration) -> Trust:
    kind = selectors.kind_of(integration)
    assert kind.hear is not None
    return kind.hear.trust(selectors.settings_of(integration))


def make(api: Client, kind: str, **config: str) -> Integration:
    body = {"kind": kind, "name": "room", "config": {**CONFIGS[kind], **config}}
    answer = api.post(URL, json.dumps(body), content_type="application/json")
    assert answer.status_code == 201, answer.content
    return Integration.objects.get(pk=answer.json()["id"])


def test_an_integration_that_says_nothing_of_it_refuses_what_the_room_says(api: Client, cast: Cast) -> None:
    through_api = make(api, "hipchat")
    form = {"integration-kind": "hipchat", "integration-name": "by hand", "integration-enabled": "on", **HIPCHAT}
    enter(cast.member).post(f"{BASE}new/", {**form, "_save": "1"}, headers=IN_POPUP)
    through_form = Integration.objects.get(name="by hand")

    for made in (through_api, through_form, make_integration(cast.team, "hipchat", config=HIPCHAT)):
        assert (trust_of(made), made.two_way, made.hears_key) == (Trust.READING, False, "")


def test_pagerduty_is_not_heard_until_its_calls_are_signed(api: Client) -> None:
    deaf, heard = make(api, "pagerduty"), make(api, "pagerduty", hook_secret=HOOK_SECRET)

    assert (trust_of(deaf), deaf.two_way, deaf.hears_key) == (Trust.NOBODY, False, "")
    assert (trust_of(heard), heard.two_way) == (Trust.SERVICE, True)
    assert len(heard.hears_key) == 64


@pytest.mark.parametrize(
    ("config", "trust"),
    [
        ({"actions": "acknowledge"}, Trust.ACKNOWLEDGING),
        ({"actions": "allow"}, Trust.ANYONE),
        ({"actions": "refuse", "oauth_secret": JWT_SECRET}, Trust.PEOPLE),
    ],
)
def test_the_room_may_do_what_was_chosen_and_with_proof_what_each_person_may(
    api: Client, config: dict[str, str], trust: Trust
) -> None:
    made = make(api, "hipchat", **config)

    assert (trust_of(made), made.two_way) == (trust, True)
    assert bool(made.hears_key) is (trust is Trust.PEOPLE)


def test_no_other_word_is_a_choice(api: Client) -> None:
    body = {"kind": "hipchat", "name": "room", "config": {**HIPCHAT, "actions": "everything"}}

    answer = api.post(URL, json.dumps(body), content_type="application/json")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["config.actions"]


@pytest.mark.parametrize("kind", sorted(SECRETS))
@pytest.mark.parametrize(
    "secret", ["short", "two words that are together long enough", "cafécafécafécafécafécafécafécafé"]
)
def test_a_secret_that_could_be_guessed_or_was_copied_wrongly_is_refused_at_its_field(
    api: Client, kind: str, secret: str
) -> None:
    body = {"kind": kind, "name": "room", "config": {**CONFIGS[kind], SECRETS[kind][0]: secret}}

    answer = api.post(URL, json.dumps(body), content_type="application/json")

    assert list(answer.json()["errors"]) == [f"config.{SECRETS[kind][0]}"]


@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_the_secrets_of_incoming_calls_are_in_no_answer_no_form_and_no_audit(
    api: Client, cast: Cast, kind: str
) -> None:
    name, secret = SECRETS[kind]
    made = make(api, kind, **{name: secret})
    one, browser = f"{URL}{made.pk}/", enter(cast.member)
    shown = api.get(one).json()["config"]

    patched = api.patch(one, json.dumps({"config": shown}), content_type="application/json")
    answers = [api.get(URL), api.get(one), patched]
    answers += [browser.get(f"{BASE}{made.pk}/", headers=headers) for headers in ({}, IN_POPUP)]
    assert selectors.settings_of(Integration.objects.get(pk=made.pk)) == selectors.settings_of(made)
    answers.append(api.patch(one, json.dumps({"config": {name: secret[::-1]}}), content_type="application/json"))

    assert [each.status_code for each in answers] == [200] * len(answers)
    assert "canary" not in "".join(each.content.decode() for each in answers)
    entries = list(AuditEntry.objects.filter(target_type="integrations.integration").values_list("action", "changes"))
    assert [action for action, _ in entries] == ["integration.changed", "integration.created"]
    assert all(f"config.{name}" in changes for _, changes in entries)
    assert secret[4:-4] not in json.dumps(entries)
    assert secret[::-1][4:-4] not in json.dumps(entries)
