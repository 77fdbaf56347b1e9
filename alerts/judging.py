"""Judges watches: as measurements arrive, and as time passes. Writes what follows from it in constant batches."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from alerts import absence, evaluation, lifecycle, watches
from alerts.course import Course
from alerts.evaluation import Reading
from alerts.models import AlertEvent
from alerts.watches import Watch
from alerts.writing import Notify
from teams.access import Actor

Readings = Mapping[tuple[int, str], Sequence[Reading]]  # (test id, metric) -> readings


def judge_readings(
    actor: Actor, found: Sequence[Watch], readings: Readings, now: datetime, notify: Notify
) -> list[AlertEvent]:
    """Feed the watches what was received at `now`; what came of it."""
    if found:
        _rest(actor, found, readings, now)

    def judge(watch: Watch, course: Course) -> None:
        take_readings(watch, course, _of_interest(watch, readings), now)

    return judge_all(actor, found, now, judge, notify)


def judge_time(actor: Actor, found: Sequence[Watch], now: datetime) -> None:
    """Look at the watches for absence, silence and holds that ended."""
    at = now.timestamp()
    watches.rest_all(actor.team, found, at - watches.LONGEST_PATIENCE, at)
    judge_all(actor, found, now, lambda watch, course: pass_time(watch, course, now))


def take_readings(watch: Watch, course: Course, readings: Sequence[Reading], now: datetime) -> None:
    """Feed one watch what was received at `now`, in memory only."""
    if not readings:
        return
    at = now.timestamp()
    course.follow(evaluation.feed(watch.spec, watch.state, readings, at, whole=True, quiet=watch.quiet))
    watch.last_received_at = at
    if watch.absences:
        absence.end_absences(watch)
        course.settle_absences()


def pass_time(watch: Watch, course: Course, now: datetime) -> None:
    """Look at one watch for absence, silence and a hold that ended, in memory only."""
    at = now.timestamp()
    absence.end_holds(watch, at)
    if at - watch.quiet_until >= watch.spec.no_data_minutes * 60:
        course.follow(evaluation.silence(watch.spec, watch.state, at))
    absence.begin_absences(watch, at)
    course.settle_absences()
    if absence.begin_silence(watch, at):
        course.lose_data(watch.spec.no_data_minutes)


def judge_all(
    actor: Actor,
    found: Sequence[Watch],
    now: datetime,
    judge: Callable[[Watch, Course], None],
    notify: Notify = "auto",
) -> list[AlertEvent]:
    """Run `judge` over each watch and write watches, alerts and events; within the transaction that locked them."""
    courses = []
    for watch in found:
        course = Course(watch, now)
        judge(watch, course)
        courses.append(course)
    happenings = [happening for course in courses for happening in course.happenings]
    released = {course.pair for course in courses if course.released}
    watches.save(found)
    return lifecycle.apply(actor, happenings, now, notify=notify, released=released)


def _rest(actor: Actor, found: Sequence[Watch], readings: Readings, now: datetime) -> None:
    """Have the watches know of all maintenance that touches the rounds of the readings."""
    earliest = min((reading.observed_at for each in readings.values() for reading in each), default=now.timestamp())
    longest = max(watch.spec.interval for watch in found)
    watches.rest_all(actor.team, found, earliest - longest, now.timestamp())


def _of_interest(watch: Watch, readings: Readings) -> list[Reading]:
    metrics = evaluation.judged_metrics(watch.spec) | evaluation.awaited_metrics(watch.spec)
    return [reading for metric in metrics for reading in readings.get((watch.test_id, metric), ())]
