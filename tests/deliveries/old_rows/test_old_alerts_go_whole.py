"""What is older than the operator keeps goes, whole alerts at a time; what is open or waits stays."""

from datetime import datetime
from typing import Any

from alerts.models import Alert
from deliveries.models import Delivery, Outage
from tests.alerts.factories import make_rule, make_test
from tests.conftest import NOW, Cast
from tests.deliveries.old_rows.stage import DAY, LONG_AGO, everything, over, prune_at, tell
from tests.deliveries.stage import clear, trigger
from tests.integrations.factories import make_integration


def test_an_old_alert_goes_with_all_that_belongs_to_it(rule: Any) -> None:
    alert = trigger(rule, LONG_AGO)
    clear(alert, LONG_AGO + DAY)
    tell(alert, LONG_AGO + DAY)

    prune_at(NOW)

    assert set(everything().values()) == {0}


def test_numbers_are_never_given_again(rule: Any) -> None:
    alert = over(rule)

    prune_at(NOW)

    assert trigger(rule, NOW).number == alert.number + 1


def test_an_open_alert_stays_with_all_that_belongs_to_it(rule: Any) -> None:
    tell(trigger(rule, LONG_AGO), LONG_AGO)
    before = everything()

    prune_at(NOW)

    assert everything() == before


def test_an_alert_of_which_something_waits_stays_whole(rule: Any) -> None:
    alert = trigger(rule, LONG_AGO)
    tell(alert, LONG_AGO)
    clear(alert, LONG_AGO)  # and its message is still to be sent
    before = everything()

    prune_at(NOW)

    assert everything() == before


def test_an_alert_that_was_sent_again_lately_stays_whole(rule: Any) -> None:
    over(rule)
    old = Delivery.objects.earliest("id")
    old.pk, old.resend_of_id, old.finished_at = None, old.pk, NOW - DAY
    old.save()

    prune_at(NOW)

    assert Delivery.objects.count() == 3
    assert Alert.objects.count() == 1


def test_a_digest_stays_for_the_alerts_that_stay(rule: Any, cast: Cast) -> None:
    over, lasting = trigger(rule, LONG_AGO), trigger(rule, LONG_AGO, test=_second_test(rule))
    clear(over, LONG_AGO)
    tell(over, LONG_AGO, lasting)

    prune_at(NOW)

    assert list(Alert.objects.all()) == [lasting]
    assert Delivery.objects.get().dispatches.get().attempts.count() == 1


def _second_test(rule: Any) -> Any:
    test = make_test(rule.team, "second")
    make_rule(rule.team, [test])
    return test


def test_the_age_of_an_alert_counts_from_when_it_was_recorded(rule: Any) -> None:
    alert = trigger(rule, NOW)  # a recorded series, fed today
    clear(alert, NOW)
    tell(alert, NOW)
    Alert.objects.update(started_at=LONG_AGO, cleared_at=LONG_AGO)

    prune_at(NOW)

    assert Alert.objects.count() == 1


def test_calls_may_go_before_their_alerts(rule: Any, settings: Any) -> None:
    settings.BELLHOP_KEEP_ATTEMPTS_DAYS = 30
    alert = trigger(rule, NOW - 60 * DAY)
    clear(alert, NOW - 60 * DAY)
    tell(alert, NOW - 60 * DAY)

    prune_at(NOW)

    assert everything() == {
        "Alert": 1, "AlertEvent": 2, "Delivery": 2, "Dispatch": 0, "DispatchItem": 0, "Attempt": 0
    }  # fmt: skip


def test_for_ever_is_for_ever(rule: Any, settings: Any) -> None:
    settings.BELLHOP_KEEP_ALERTS_DAYS = settings.BELLHOP_KEEP_ATTEMPTS_DAYS = 0
    over(rule)
    before = everything()

    prune_at(NOW)

    assert everything() == before


def test_outages_go_when_they_are_long_over_and_told(cast: Cast) -> None:
    place = make_integration(cast.team, "slack", "shaky")

    def outage(ended: datetime | None, due: datetime | None = None) -> Outage:
        fields = {"began_at": LONG_AGO, "held_at": LONG_AGO, "ended_at": ended, "due_at": due, "reason": "network"}
        return Outage.objects.create(team=cast.team, integration=place, **fields)

    outage(LONG_AGO + DAY)
    lately, untold, going_on = outage(NOW - DAY), outage(LONG_AGO + DAY, due=NOW), outage(None)

    prune_at(NOW)

    assert list(Outage.objects.order_by("pk")) == [lately, untold, going_on]
