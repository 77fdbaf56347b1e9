"""Templates that mean harm, as they might have been stored before a limit was known: told apart, and nobody waits."""

from datetime import datetime
from typing import Any

import pytest

from channels_app.webhook.templates import compiled
from channels_app.words import Severity
from deliveries.models import Delivery, DeliveryState
from deliveries.sentences import sentence
from integrations import vault
from integrations.models import Integration
from tests.alerts.factories import make_test
from tests.channels_app.bombs import BOMBS, ESCAPES
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, send_all, slack, trigger
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver, Request
from tests.work import Work

pytestmark = pytest.mark.django_db(transaction=True)

HARMFUL = {**BOMBS, **ESCAPES}
MOST_CALLS = 1_000_000  # of functions


def hook(cast: Cast, receiver: Receiver, number: int, template: str) -> Integration:
    """An integration whose stored template no form ever saw."""
    made = make_integration(cast.team, "webhook", f"hook {number}", config={"url": f"{receiver.url}/{number}"})
    config: dict[str, Any] = {**vault.unseal(made), "body": "template", "content_type": "text/plain"}
    made.sealed = vault.seal(made.team_id, made.uid, {**config, "template": template[: 16 * 1024]})
    made.save(update_fields=["sealed"])
    return made


def test_every_harmful_template_ends_by_itself_and_the_others_are_told_at_once(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    hooks = [hook(cast, receiver, number, template) for number, template in enumerate(HARMFUL.values())]
    rule = rule_for(cast.team, *hooks, slack(cast.team, receiver))
    compiled.cache_clear()
    trigger(rule, now)

    work, worked = Work(), list[int]()

    def note(request: Request) -> Answer:
        if request.path.startswith("/services/"):
            worked.append(work.calls)
        return Answer()

    receiver.decide = note
    with work:
        send_all(now)

    assert max(worked) < MOST_CALLS
    ends = {each.state for each in Delivery.objects.all()}
    assert ends == {DeliveryState.DELIVERED, DeliveryState.REJECTED}
    for each in Delivery.objects.filter(state=DeliveryState.REJECTED):
        assert each.reason == "content_refused"
        assert each.words.startswith("the template cannot be used: ")
        assert "“the template cannot be used: " in sentence(each)
    assert not [request for request in receiver.received if b"<function" in request.body or b"class" in request.body]


def test_a_refused_template_holds_up_no_later_message(cast: Cast, receiver: Receiver, now: datetime) -> None:
    template = '{% if severity == "critical" %}{{ facts }}{% else %}fine{% endif %}'
    rule = rule_for(cast.team, hook(cast, receiver, 1, template))
    trigger(rule, now)
    other = rule_for(
        cast.team, Integration.objects.get(name="hook 1"), test=make_test(cast.team, "other"), name="other"
    )
    trigger(other, now, Severity.MINOR)
    send_all(now)
    send_all(now)

    assert sorted(each.state for each in Delivery.objects.all()) == ["delivered", "rejected"]
    assert [request.body for request in receiver.received] == [b"fine"]
