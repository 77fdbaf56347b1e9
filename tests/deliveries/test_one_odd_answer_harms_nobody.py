"""An answer that the database can never store ends its own message, and keeps nobody else's from being recorded."""

from collections.abc import Iterable
from datetime import datetime
from unittest import mock

import pytest
from django.db import DataError

from deliveries.models import Attempt, Delivery
from deliveries.sql import dispatches
from deliveries.sql.dispatches import AttemptRow, add_attempts
from tests.conftest import Cast
from tests.deliveries.stage import rule_for, send_all, slack, states, trigger
from tests.servers.http import Answer, Receiver

ODD = "odd_word"


def picky(attempts: Iterable[AttemptRow]) -> None:
    rows = list(attempts)
    if any(ODD in row.words for row in rows):
        raise DataError("no such text")
    add_attempts(rows)


@pytest.mark.django_db
def test_words_that_cannot_be_stored_cost_their_own_message_alone(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    with Receiver(Answer(400, ODD.encode())) as strange:
        places = [slack(cast.team, receiver, f"room {n}", f"room-{n}") for n in range(3)]
        odd = slack(cast.team, strange, "odd")
        trigger(rule_for(cast.team, odd, *places), now)
        with mock.patch.object(dispatches, "add_attempts", picky):
            send_all(now)

    assert states(list(Delivery.objects.filter(integration=odd))) == [("triggered", "rejected", "internal_error")]
    assert states(list(Delivery.objects.exclude(integration=odd))) == [("triggered", "delivered", "")] * 3
    assert len(receiver.received) == 3
    assert set(Attempt.objects.filter(status=400).values_list("words", flat=True)) == {""}


@pytest.mark.django_db
def test_what_can_be_stored_by_itself_is_stored_as_it_was(cast: Cast, receiver: Receiver, now: datetime) -> None:
    places = [slack(cast.team, receiver, f"room {n}", f"room-{n}") for n in range(3)]
    trigger(rule_for(cast.team, *places), now)
    first = [DataError("too much at once")]

    def fail_once(attempts: Iterable[AttemptRow]) -> None:
        if first:
            raise first.pop()
        add_attempts(attempts)

    with mock.patch.object(dispatches, "add_attempts", fail_once):
        send_all(now)

    assert states() == [("triggered", "delivered", "")] * 3
    assert len(receiver.received) == 3
