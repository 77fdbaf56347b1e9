"""What time alone does to a watch. All counts from when data was received, never from when it was observed.

An `absent` condition holds once no source of the test sent its metric for `threshold` minutes (the rule's
`no_data_minutes` where it has none), counted from the last measurement received, or from when the rule began to wait
for it. It joins the alert of its rule and test at its own severity, whatever `match` says, and ends when the metric is
received again. `when_data_stops` = `alert` tells once that every metric of the rule fell silent. In maintenance none of
this begins, and the waiting begins anew at its end.
"""

from alerts.evaluation.state import Episode
from alerts.watches import ALL_DATA, Absence, Watch

BEFORE_ALL_ROUNDS = -(2**40)


def end_holds(watch: Watch, now: float) -> None:
    """Let go what was closed by hand `reopen_after` ago; `now` in epoch seconds, here and below."""
    episode, patience = watch.state.episode, watch.spec.reopen_after
    if episode is not None and episode.held_since is not None and now - episode.held_since >= patience:
        watch.state.episode = None
    for metric, absence in list(watch.absences.items()):
        if absence.held_since is not None and now - absence.held_since >= patience:
            del watch.absences[metric]


def end_absences(watch: Watch) -> None:
    """Forget the absences of what was received since."""
    for metric, absence in list(watch.absences.items()):
        heard = watch.last_received_at if metric == ALL_DATA else watch.heard_at(metric)
        if heard >= absence.since:
            del watch.absences[metric]


def begin_absences(watch: Watch, now: float) -> None:
    """Note the metrics that were waited for too long."""
    for wait in watch.facts.waits:
        known = watch.absences.get(wait.metric)
        if now - watch.waits_since(watch.heard_at(wait.metric)) < wait.seconds:
            continue
        if known is None:
            watch.absences[wait.metric] = Absence(wait.rank, now)
        elif known.rank < wait.rank:
            known.rank = wait.rank


def that_stay(watch: Watch, now: float) -> dict[str, Absence]:
    """Of the absences that are on, those that the rule still asks for, begun anew; maintenance ends none."""
    ranks: dict[str, int] = {}
    for wait in watch.facts.waits:
        known = watch.absences.get(wait.metric)
        if known is not None and wait.rank <= known.rank and now - watch.heard_at(wait.metric) >= wait.seconds:
            ranks[wait.metric] = max(wait.rank, ranks.get(wait.metric, 0))
    return {metric: Absence(rank, now) for metric, rank in ranks.items()}


def begin_silence(watch: Watch, now: float) -> bool:
    """Note that all data stopped, where the rule wants that told; whether it is news.

    Where no alert is open, this is an episode that began with the newest round.
    """
    overdue = now - watch.waits_since(watch.last_received_at) >= watch.spec.no_data_minutes * 60
    if watch.spec.when_data_stops != "alert" or not overdue or ALL_DATA in watch.absences or watch.state.is_held:
        return False
    rank, state = watch.facts.rank, watch.state
    watch.absences[ALL_DATA] = Absence(rank, now)
    if state.episode is None and not watch.absent_rank:
        since = BEFORE_ALL_ROUNDS if state.newest is None else state.newest
        state.episode = Episode(opened=since, raised=since, rank=rank)
    return True
