"""Turns for periodic jobs: any number of processes may ask, one gets it."""

from datetime import datetime, timedelta

from teams.models import Timer

_asked: set[str] = set()


def take_turn(name: str, every: timedelta, now: datetime, *, watched: bool = True) -> bool:
    """Whether the caller is the one that runs the job `name` now; the next turn is then due after `every`.

    Where it is `watched`, somebody minds if no further turn comes.
    """
    if watched:
        _asked.add(name)
    due = Timer.objects.filter(name=name).values_list("next_at", flat=True).first()
    if due is None:
        return Timer.objects.get_or_create(name=name, defaults={"next_at": now + every})[1]
    # Further ahead than one period: the clock was set back, and waiting for the old time would stall the job.
    if now < due <= now + every:
        return False
    return Timer.objects.filter(name=name, next_at=due).update(next_at=now + every) == 1


def come_back(name: str, at: datetime) -> None:
    """Have the next turn of `name` earlier than its period says, since there is more to do."""
    Timer.objects.filter(name=name, next_at__gt=at).update(next_at=at)


def known() -> frozenset[str]:
    """The jobs that this process runs; rows of other names belong to other versions."""
    return frozenset(_asked)
