"""What was tested just before it was saved is known to work; what differs from it, is old or failed since is not."""

from datetime import datetime, timedelta
from typing import Any

from integrations import services
from integrations.models import Health, Integration
from integrations.standing import standing_of
from teams.access import Actor
from teams.models import Counter
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

SECRET = "XXXXsecretslacktokenXXXX"
SECOND = timedelta(seconds=1)


def room(receiver: Receiver, channel: str = "#ops") -> dict[str, Any]:
    return {"url": f"{receiver.url}/services/T0/B0/{SECRET}", "channel": channel}


def try_out(member: Actor, config: dict[str, Any], now: datetime, integration: Integration | None = None) -> bool:
    return services.test_draft(member, kind="slack", name="ops", config=config, integration=integration, now=now).ok


def health(integration: Integration) -> Health:
    return Health.objects.get(pk=integration.pk)


def test_a_new_integration_shows_the_test_that_it_passed(member: Actor, receiver: Receiver, now: datetime) -> None:
    assert try_out(member, room(receiver), now)

    made = services.create(member, kind="slack", name="ops", config=room(receiver), now=now + 599 * SECOND)

    known = health(made)
    assert (known.last_test_at, known.last_test_ok) == (now, True)
    assert standing_of(made, now + timedelta(minutes=10)).text == "Test passed 10 minutes ago"
    assert not any(SECRET in str(row.__dict__) for row in [known, *Counter.objects.all()])


def test_another_config_an_old_test_and_one_that_failed_since_count_for_nothing(
    member: Actor, receiver: Receiver, now: datetime
) -> None:
    assert try_out(member, room(receiver), now)
    receiver.default = Answer(404, b"no_service")
    assert try_out(member, room(receiver, "#two"), now + SECOND) is False

    for number, (channel, at) in enumerate([("#other", now), ("#ops", now + 601 * SECOND), ("#two", now)]):
        made = services.create(member, kind="slack", name=f"n{number}", config=room(receiver, channel), now=at)
        assert health(made).last_test_at is None

    assert try_out(member, room(receiver), now + 2 * SECOND) is False
    made = services.create(member, kind="slack", name="late", config=room(receiver), now=now + 3 * SECOND)
    assert health(made).last_test_at is None


def test_a_change_shows_its_test_unless_the_saved_one_was_tested_later(
    member: Actor, receiver: Receiver, now: datetime
) -> None:
    made = make_integration(member.team, config=room(receiver))
    Health.objects.filter(pk=made.pk).update(last_test_at=now - SECOND, last_test_ok=False, last_test_words="no")
    assert try_out(member, {"channel": "#new"}, now, made)

    made = services.update(member, made, config={"channel": "#new"}, now=now + SECOND)
    assert (health(made).last_test_at, health(made).last_test_ok) == (now, True)

    receiver.default = Answer(404, b"no_service")
    services.test_saved(member, made, now + 2 * SECOND)
    services.update(member, made, name="renamed", config={"channel": "#new"}, now=now + 3 * SECOND)
    assert health(made).last_test_ok is False
