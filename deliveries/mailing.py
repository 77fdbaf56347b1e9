"""What may not be mailed: to those who did not ask for it or had it stopped, and beyond a team's mails of a day."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from channels_app.addresses import normal
from deliveries.addressees import Place
from deliveries.models import UNFINISHED, DeliveryReason, DeliveryState
from deliveries.sql.owing import NewDelivery
from integrations import consent
from teams import quotas

Silent = dict[tuple[int, str], str]


def silent_among(team_ids: Iterable[int], places: Iterable[Place]) -> Silent:
    """The addresses among `places` that must not be written to, with why; no query where there are none."""
    addresses = {recipient for _, recipient in places if recipient}
    return consent.silent(set(team_ids), addresses) if addresses else {}


def refusal(silent: Silent, team_id: int, place: Place) -> DeliveryReason | None:
    """Why nothing is mailed there; None where it may be."""
    why = silent.get((team_id, normal(place[1]))) if place[1] else None
    return DeliveryReason(why) if why else None


def within_quota(rows: Sequence[NewDelivery], now: datetime) -> list[NewDelivery]:
    """The same, with what is beyond the mails of a team's day suppressed: the last ones first, as they were decided."""
    wanted = Counter(row.team_id for row in rows if _is_mail(row))
    left = {team_id: quotas.take_mails(team_id, amount, now) for team_id, amount in wanted.items()}
    kept = []
    for row in rows:
        if _is_mail(row):
            left[row.team_id] -= 1
            if left[row.team_id] < 0:
                row = _suppressed(row, now)
        kept.append(row)
    return kept


def _is_mail(row: NewDelivery) -> bool:
    return bool(row.recipient) and row.state in UNFINISHED and not row.in_place


def _suppressed(row: NewDelivery, now: datetime) -> NewDelivery:
    state, reason = DeliveryState.SUPPRESSED.value, DeliveryReason.MAIL_QUOTA.value
    return row._replace(state=state, reason=reason, finished_at=now, held_until=None)
