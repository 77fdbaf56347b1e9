"""What becomes of watches, and of the alerts they hold, when people change rules or tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from alerts import absence, evaluation, lifecycle, watches
from alerts.course import Course
from alerts.evaluation import HEARD_ROUNDS, Change, RuleSpec, State
from alerts.evaluation.state import Episode
from alerts.happenings import cleared
from alerts.judging import judge_all
from alerts.models import ClearedReason, RuleState, Test
from alerts.specs import facts_of
from alerts.stored import Need, Past, read_past
from alerts.watches import ALL_DATA, Watch
from teams.access import Actor


def rebuild(
    actor: Actor,
    found: Sequence[Watch],
    now: datetime,
    *,
    patience_anew: bool = False,
    reason: Literal["rule_changed", "recovered"] = "rule_changed",
) -> None:
    """Make the state of watches from what is stored, by their rules, tests and maintenance as they are now, and judge
    the newest round alone. With `patience_anew` absence counts from now, since nothing was awaited before. `reason` is
    that of alerts which clear.

    `found` were locked before the change, and remember the alerts. Those of disabled tests are left alone.
    """
    intervals = dict(_enabled_tests(found))
    found = [watch for watch in found if watch.test_id in intervals]
    facts = facts_of({watch.rule_id for watch in found})
    specs = {watch.id: facts[watch.rule_id].spec(intervals[watch.test_id]) for watch in found}
    pasts = read_past(_needs(found, specs))
    _rest(actor, found, specs, pasts, now)

    def judge(watch: Watch, course: Course) -> None:
        past = pasts[watch.test_id]
        watch.facts = facts[watch.rule_id]
        course.follow(_renew(watch, specs[watch.id], past, now.timestamp(), patience_anew, reason))
        course.settle_absences(ClearedReason(reason))

    judge_all(actor, found, now, judge)


def retire(actor: Actor, found: Sequence[Watch], reason: ClearedReason, now: datetime, *, forget: bool) -> None:
    """End the alerts of watches for `reason`; with `forget` the watches are removed, else they begin anew."""
    if forget:
        RuleState.objects.filter(pk__in=[watch.id for watch in found]).delete()
    else:
        for watch in found:
            watch.state, watch.absences, watch.last_received_at = State(), {}, now.timestamp()
        watches.save(found)
    happenings = [cleared(watch.rule_id, watch.test_id, reason, now) for watch in found]
    lifecycle.apply(actor, happenings, now, released={(watch.rule_id, watch.test_id) for watch in found})


def _enabled_tests(found: Sequence[Watch]) -> list[tuple[int, int]]:
    tests = Test.objects.filter(pk__in={watch.test_id for watch in found}, enabled=True)
    return list(tests.values_list("pk", "interval"))


def _rest(
    actor: Actor, found: Sequence[Watch], specs: Mapping[int, RuleSpec], pasts: Mapping[int, Past], now: datetime
) -> None:
    """Have the watches know of all maintenance that touches the rounds of what is stored, or their patience."""
    at = now.timestamp()
    earliest = min((reading.observed_at for past in pasts.values() for reading in past.readings), default=at)
    longest = max((spec.interval for spec in specs.values()), default=0)
    watches.rest_all(actor.team, found, min(earliest - longest, at - watches.LONGEST_PATIENCE), at)


def _needs(found: Sequence[Watch], specs: Mapping[int, RuleSpec]) -> dict[int, Need]:
    needs: dict[int, Need] = {}
    for watch in found:
        spec = specs[watch.id]
        need = needs.setdefault(watch.test_id, Need(spec.interval))
        need.metrics |= evaluation.judged_metrics(spec) | evaluation.awaited_metrics(spec)
        need.span = max(need.span, (spec.rounds_window + HEARD_ROUNDS) * spec.interval)
    return needs


def _renew(
    watch: Watch,
    spec: RuleSpec,
    past: Past,
    now: float,
    patience_anew: bool,
    reason: Literal["rule_changed", "recovered"],
) -> list[Change]:
    before, earlier, watch.spec = _in_rounds_of(spec, watch), watch.state.received, spec
    watch.state, changes = evaluation.rebuild(
        spec,
        past.readings,
        now,
        open_since_round=before.opened if before else None,
        open_rank=before.rank if before else 0,
        held_since=before.held_since if before else None,
        quiet=watch.quiet,
        reason=reason,
    )
    if patience_anew:
        _await_anew(watch, now)
    else:
        _set_received(watch, past, earlier, now)
    _review_absences(watch, now)
    return _keep_silence(watch, before, changes + _end_without_data(watch))


def _in_rounds_of(spec: RuleSpec, watch: Watch) -> Episode | None:
    """The episode as the rounds of `spec` count it."""
    episode = watch.state.episode
    if episode is None or spec.interval == watch.spec.interval or episode.opened == absence.BEFORE_ALL_ROUNDS:
        return episode
    opened = episode.opened * watch.spec.interval // spec.interval
    return Episode(opened, opened, episode.rank, episode.held_since)


def _set_received(watch: Watch, past: Past, earlier: Mapping[str, float], now: float) -> None:
    """When data was received, not when it was read just now; what never came is awaited from now on."""
    for name, source in watch.state.sources.items():
        source.received_at = past.heard.get(name, now)
    for metric in evaluation.judged_metrics(watch.spec) | evaluation.awaited_metrics(watch.spec):
        known = [times[metric] for times in (past.received, earlier) if metric in times]
        watch.state.received[metric] = max(known, default=now)
    watch.last_received_at = watch.state.last_received_at or now


def _await_anew(watch: Watch, now: float) -> None:
    for source in watch.state.sources.values():
        source.received_at = now
    metrics = evaluation.judged_metrics(watch.spec) | evaluation.awaited_metrics(watch.spec)
    watch.state.received = dict.fromkeys(metrics, now)
    watch.last_received_at = now


def _review_absences(watch: Watch, now: float) -> None:
    before, silence = watch.absences, watch.absences.pop(ALL_DATA, None)
    watch.absences = absence.that_stay(watch, now)
    absence.begin_absences(watch, now)
    for metric, known in watch.absences.items():
        known.held_since = before[metric].held_since if metric in before else None
    overdue = now - watch.last_received_at >= watch.spec.no_data_minutes * 60
    if silence is not None and watch.spec.when_data_stops == "alert" and overdue:
        watch.absences[ALL_DATA] = silence


def _end_without_data(watch: Watch) -> list[Change]:
    """An alert of rounds that the rule no longer asks for ends, though there is no round to judge."""
    episode = watch.state.episode
    if watch.state.newest is not None or episode is None or ALL_DATA in watch.absences:
        return []
    watch.state.episode = None
    if episode.held_since is not None:
        return []
    return [Change("cleared", 0, episode.rank, "rule_changed", {}, violating=0, heard=0)]


def _keep_silence(watch: Watch, before: Episode | None, changes: list[Change]) -> list[Change]:
    """The alert about silence goes on while the silence does, however good the last rounds were."""
    if ALL_DATA not in watch.absences or before is None or watch.state.episode is not None:
        return changes
    watch.state.episode = before
    return [change for change in changes if change.what != "cleared"]
