"""More lanes than the sender can fly lead to one address that answers nobody: the others go on."""

import time
from unittest import mock

import pytest
from django.utils import timezone

from channels_app.doors import Doors
from channels_app.doors.guard import Policy, networks
from deliveries.models import Attempt, Delivery
from deliveries.sender import Sender
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, slack, trigger
from tests.patience import PATIENT
from tests.servers.http import Answer, Receiver

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONE_ADDRESS = 4
SILENT = 130
IN_FLIGHT = 60
HANGS = 2 * PATIENT


def test_a_room_is_told_while_more_lanes_hang_than_can_fly(cast: Cast, receiver: Receiver) -> None:
    policy = Policy(networks(["127.0.0.0/8"]), total_seconds=HANGS, per_address=AT_ONE_ADDRESS)
    with Receiver(Answer(manner="hang")) as hanging:
        silent = [slack(cast.team, hanging, f"silent {n}", f"silent{n}") for n in range(SILENT)]
        trigger(rule_for(cast.team, *silent), timezone.now())
        good = slack(cast.team, receiver)
        trigger(rule_for(cast.team, good, test=make_test(cast.team, "good"), name="good"), timezone.now())
        doors = Doors(policy)
        began = time.monotonic()

        with mock.patch("deliveries.sender.FAREWELL", 0.2):
            Sender(doors, in_flight=IN_FLIGHT).run_forever(
                lambda: bool(receiver.received) or time.monotonic() - began > HANGS
            )

        doors.close()
        assert len(receiver.received) == 1
        assert len(hanging.wait_for(AT_ONE_ADDRESS)) == AT_ONE_ADDRESS
    put_off = Attempt.objects.filter(dispatch__lane__in=[each.pk for each in silent])
    assert set(put_off.values_list("outcome", "reason")) == {("retry_later", "network")}
    assert Delivery.objects.get(integration=good).state == "delivered"
