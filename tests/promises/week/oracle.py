"""What must be told in the week, found by walking through it step by step and asking of each moment what is quiet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tests.promises.week.plan import (
    ALL,
    MAINTENANCE,
    MUTES,
    OFFICE,
    POLICIES,
    RANKS,
    STEPS,
    Episode,
    Policy,
    at,
)

Told = tuple[int, str, str, str, int, str]  # step, room, rule, test, number of the alert of that pair, event
BY_NAME = {policy.name: policy for policy in POLICIES}
USUAL = ["triggered", "severity_changed", "reminded", "cleared"]


@dataclass
class Thread:
    """What one room knows of one alert: what is held for it, as [event, severity, reason, until], and what it heard."""

    held: list[list[object]] = field(default_factory=list)
    owed: bool = False
    told: bool = False
    escalated: bool = False


@dataclass
class Open:
    """An alert that is open."""

    episode: Episode
    number: int
    opened: int
    severity: str
    acknowledged: bool = False
    remind: int | None = None
    steps: list[tuple[int, str]] = field(default_factory=list)
    threads: dict[str, Thread] = field(default_factory=dict)
    over: bool = False


class Week:
    """Walks through the week; `told` is what must arrive, `alerts` how many there were."""

    def __init__(self, episodes: Sequence[Episode]) -> None:
        self.told: list[Told] = []
        self.alerts: list[Open] = []
        self._open: dict[tuple[str, str], Open] = {}
        self._last: dict[tuple[str, str], tuple[int, int]] = {}  # rule, room -> step and moment of the last message
        self._moment = 0
        self._bad: dict[tuple[str, str, int], Episode] = {
            (each.rule, each.test, step): each for each in episodes for step in range(each.begin, each.end)
        }
        self._taken = {(each.rule, each.test, each.acknowledged_at) for each in episodes}
        self._pairs = sorted({(each.rule, each.test) for each in episodes})
        self._seen: dict[tuple[str, str], int] = {}

    def walk(self) -> None:
        for step in range(STEPS):
            for moment, happen in enumerate((self._release, self._nudge, self._measure, self._acknowledge)):
                self._moment = moment
                happen(step)

    @property
    def held(self) -> int:
        """How much is held back when the week is over."""
        return sum(len(thread.held) for alert in self.alerts for thread in alert.threads.values())

    # What happens

    def _measure(self, step: int) -> None:
        for pair in self._pairs:
            bad, alert = self._bad.get((*pair, step)), self._open.get(pair)
            quiet = _maintained(pair[1], step)
            if bad and alert is None and not quiet:
                self._begin(pair, bad, step)
            elif bad and alert and not quiet and RANKS[bad.severity_at(step)] > RANKS[alert.severity]:
                alert.severity = bad.severity_at(step)
                self._happens(alert, "severity_changed", step)
            elif alert and not bad:
                del self._open[pair]
                alert.over = True
                self._happens(alert, "cleared", step)

    def _begin(self, pair: tuple[str, str], bad: Episode, step: int) -> None:
        policy, self._seen[pair] = BY_NAME[pair[0]], self._seen.get(pair, 0) + 1
        alert = Open(bad, self._seen[pair], step, bad.severity_at(step))
        minutes = policy.rule.get("remind_minutes")
        alert.remind = step + minutes // 5 if minutes else None
        alert.steps = [(step + after // 5, room) for after, room in policy.steps.items()]
        self._open[pair] = alert
        self.alerts.append(alert)
        self._happens(alert, "triggered", step)

    def _acknowledge(self, step: int) -> None:
        for pair, alert in self._open.items():
            if (*pair, step) in self._taken and not alert.acknowledged and alert.opened < step:
                alert.acknowledged = True
                self._happens(alert, "acknowledged", step)

    def _nudge(self, step: int) -> None:
        for alert in self._open.values():
            if alert.acknowledged:
                continue
            if alert.steps and alert.steps[0][0] <= step:
                _, room = alert.steps.pop(0)
                self._tell(alert, room, "escalated", step)
            elif alert.remind is not None and alert.remind <= step:
                alert.remind = step + int(BY_NAME[alert.episode.rule].rule["remind_minutes"]) // 5
                self._happens(alert, "reminded", step)

    def _happens(self, alert: Open, event: str, step: int) -> None:
        policy = BY_NAME[alert.episode.rule]
        rooms = [policy.name] + ([] if policy.rule.get("only_these") else [ALL])
        for room in dict.fromkeys([*rooms, *alert.threads]):
            self._tell(alert, room, event, step)

    # Who is told

    def _tell(self, alert: Open, room: str, event: str, step: int) -> None:
        policy, thread = BY_NAME[alert.episode.rule], alert.threads.setdefault(room, Thread())
        if policy.rule.get("shadow") or not self._is_owed(alert, policy, thread, room, event):
            return
        if event != "acknowledged" and event != "cleared":
            thread.owed = True
        thread.escalated |= event == "escalated"
        hold = self._hold(alert, room, event, alert.severity, step)
        if hold:
            thread.held.append([event, alert.severity, *hold])
        else:
            thread.held.clear()
            self._emit(alert, room, event, step)

    def _is_owed(self, alert: Open, policy: Policy, thread: Thread, room: str, event: str) -> bool:
        fields = policy.room if room == policy.name else {}
        chosen = fields.get("events", USUAL)
        stepped = room not in (policy.name, ALL)
        if event == "escalated":
            return True
        if event == "acknowledged":
            return (thread.told or bool(thread.held)) and event in chosen
        if event == "cleared":
            heard = thread.owed or thread.told
            return heard and policy.rule.get("notify_on_clear", True) and event in chosen
        if stepped and not thread.escalated:
            return False
        if event == "reminded" and thread.held:
            return False
        return RANKS[alert.severity] >= RANKS.get(fields.get("minimum_severity", ""), 0) and event in chosen

    def _emit(self, alert: Open, room: str, event: str, step: int) -> None:
        thread = alert.threads[room]
        thread.told = True
        self._last[alert.episode.rule, room] = step, self._moment
        self.told.append((step, room, alert.episode.rule, alert.episode.test, alert.number, event))

    def _release(self, step: int) -> None:
        for alert in self.alerts:
            for room, thread in alert.threads.items():
                if any(int(str(row[3])) <= step for row in thread.held):
                    self._judge_anew(alert, room, thread, step)

    def _judge_anew(self, alert: Open, room: str, thread: Thread, step: int) -> None:
        event, severity = str(thread.held[-1][0]), str(thread.held[-1][1])
        hold = self._hold(alert, room, event, severity, step)
        if hold:
            for row in thread.held:
                row[2:] = hold
            return
        muted = all(row[2] == "muted" for row in thread.held)
        thread.held.clear()
        if not (muted and alert.over and not thread.told):
            self._emit(alert, room, event, step)

    # What is quiet

    def _hold(self, alert: Open, room: str, event: str, severity: str, step: int) -> tuple[str, int] | None:
        """Why nothing is told at `step`, and until which step at least."""
        rule, test = alert.episode.rule, alert.episode.test
        if _muted(rule, test, step):
            return "muted", max(end for begin, end, what in MUTES if begin <= step < end and what in (rule, test, None))
        if event != "triggered" and _maintained(test, step):
            return "maintenance", next(later for later in range(step, STEPS + 999) if not _maintained(test, later))
        if BY_NAME[rule].rule.get("hours") and severity != "critical" and not _open(step):
            return "outside_hours", next(later for later in range(step, STEPS + 999) if _open(later))
        gap = BY_NAME[rule].rule.get("least_gap_minutes")
        last = self._last.get((rule, room), (-999, 0))
        if gap and last < (step, self._moment) and step < last[0] + gap // 5 and event != "escalated":
            return "least_gap", last[0] + gap // 5
        return None


def _muted(rule: str, test: str, step: int) -> bool:
    return any(begin <= step < end and what in (rule, test, None) for begin, end, what in MUTES)


def _maintained(test: str, step: int) -> bool:
    return any(begin <= step < end for begin, end in MAINTENANCE.get(test, ()))


def _open(step: int) -> bool:
    """By the face of the clock in the rule's time zone."""
    local = at(step).astimezone(ZoneInfo(str(OFFICE["time_zone"])))
    spans = dict(OFFICE["days"]).get(f"{local:%a}".lower(), [])  # type: ignore[call-overload]
    return any(begin <= f"{local:%H:%M}" < end for begin, end in spans)
