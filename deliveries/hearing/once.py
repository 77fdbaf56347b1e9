"""What was obeyed once is not obeyed again, nor what a service tells after something newer.

The mark of a call goes with its deed, in one transaction.
"""

from datetime import datetime, timedelta

from deliveries.models import HeardOnce
from integrations.vault import keyed_hash
from teams.retention import Stock, aged

# Longer than anything is taken for new: what people say for an hour or two, what a service tells for days.
FOR_PEOPLE = timedelta(days=1)
FOR_SERVICES = timedelta(days=8)


def take(scope: str, text: str, now: datetime, kept_for: timedelta = FOR_PEOPLE) -> bool:
    """Whether `text` comes for the first time in `scope`; to be called within the transaction of the deed.

    Whoever comes at the same time waits until that one's transaction ends.
    """
    at = now - (FOR_SERVICES - kept_for)  # all are forgotten by one age
    _, first = HeardOnce.objects.get_or_create(mark=_mark(scope, text), defaults={"at": at})
    return first


def take_part(scope: str, text: str, whole: str, part: str, now: datetime) -> bool:
    """The same for one of several parts of a call. `whole` tells it from all others that come with the same `text`.

    What proves a call need not cover what it says: other words with the same proof are no part of it.
    """
    if take(scope, text, now):
        take(scope, f"{text}\n{whole}", now)
    elif not was_taken(scope, f"{text}\n{whole}"):
        return False
    return take(scope, f"{text}\n{whole}\n{part}", now)


def is_newest(scope: str, about: str, at: datetime) -> bool:
    """Whether nothing that happened after `at` was heard in `scope` about the same yet; within the deed's transaction.

    Only for what is taken for new for FOR_SERVICES at most, since what came last is forgotten then.
    """
    mark = _mark(scope, f"newest about {about}")
    _, first = HeardOnce.objects.get_or_create(mark=mark, defaults={"at": at})
    return first or HeardOnce.objects.filter(mark=mark, at__lte=at).update(at=at) == 1


def was_taken(scope: str, text: str) -> bool:
    return HeardOnce.objects.filter(mark=_mark(scope, text)).exists()


def _mark(scope: str, text: str) -> str:
    return keyed_hash(f"heard:{scope}:{text}")


HEARD = Stock(
    "calls heard once",
    lambda: FOR_SERVICES,
    aged(lambda: HeardOnce.objects.all(), "at"),
    lambda ids, before: HeardOnce.objects.filter(pk__in=ids, at__lt=before),
)
