"""A fallback is told in the place of an integration that does not work: once for each event, and with a note."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db import transaction

from deliveries import bell
from deliveries.models import Watermark
from deliveries.outbox import KEPT_FOR
from deliveries.sql import standing_in
from deliveries.sql.base import Params, among
from deliveries.sql.owing import ensure_lanes, wake_lanes

WALK = "standing_in.on_hold"
AT_ONCE = 5_000


def for_deliveries(ids: Collection[int], now: datetime) -> None:
    """What these could not tell; within the transaction that ends them."""
    if ids:
        _stand_in(*among("owed.id", ids), now)


def for_lanes_on_hold(now: datetime) -> None:
    """What waits in lanes that are on hold: AT_ONCE of it, and the next time what comes behind that."""
    mark = Watermark.objects.filter(pk=WALK).first() or Watermark(pk=WALK)
    found = standing_in.on_hold(mark.number, mark.seen, AT_ONCE)
    for_deliveries([pk for _, pk in found], now)
    place = found[-1] if len(found) == AT_ONCE else (0, 0)
    if place != (mark.number, mark.seen):
        mark.number, mark.seen = place
        mark.save()


def _stand_in(chosen: str, params: Params, now: datetime) -> None:
    fallbacks = standing_in.fallbacks_of(chosen, params)
    if not fallbacks:
        return
    ensure_lanes(fallbacks)
    if new := standing_in.stand_in(chosen, params, now, now + KEPT_FOR):
        transaction.on_commit(partial(_wake, sorted(new), now), robust=True)


def _wake(lane_ids: list[int], now: datetime) -> None:
    """After the commit, since who records holds other lanes locked; if this gets lost, the sweep finds them."""
    wake_lanes(lane_ids, now)
    bell.ring(lane_ids)
