"""Acting on several alerts at once. Each is its own transaction: one that is over takes no other back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError

from alerts.models import Alert, AlertEvent
from alerts.services.acting import act, outcome
from teams.access import Actor, Permission, require
from teams.errors import Conflict
from teams.words import listed

MOST = 200
NAMED = 5


@dataclass
class Outcome:
    """What became of each number."""

    action: str
    done: list[tuple[Alert, AlertEvent]] = field(default_factory=list)
    already: list[Alert] = field(default_factory=list)
    over: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing was refused."""
        return not (self.over or self.unknown)

    def words(self) -> str:
        """All of it: "3 acknowledged; 1 was already; #12 is cleared, nothing changed"."""
        if len(self.done) + len(self.already) == 1 and self.whole:
            alert, event = self.done[0] if self.done else (self.already[0], None)
            return outcome(self.action, alert, event)
        parts = [f"{len(self.done)} {self._deed()}"] if self.done else []
        parts += [f"{len(self.already)} {_plural(self.already)} already"] if self.already else []
        if self.over:
            parts.append(f"{_named(self.over)} {'is' if len(self.over) == 1 else 'are'} cleared, nothing changed")
        parts += [f"there is no {_named(self.unknown)}"] if self.unknown else []
        return "; ".join(parts) + "."

    def _deed(self) -> str:
        if self.action == "assign":
            return f"assigned to {self.done[0][1].detail['name']}"
        return {"unacknowledge": "no longer acknowledged", "note": "noted", "close": "closed"}.get(
            self.action, f"{self.action}d"
        )


def act_on(actor: Actor, numbers: Sequence[int], action: str, fields: Mapping[str, str], now: datetime) -> Outcome:
    """Do `action` to the team's alerts with these numbers, 200 at most; `action` and `fields` as for acting.act.

    Raises ValidationError at `alert` for no number or too many, or at the field of the action, before anything is
    done; PermissionDenied where the actor may not act.
    """
    require(actor, Permission.ACT)
    asked = list(dict.fromkeys(numbers))
    if not asked:
        raise ValidationError({"alert": ["Tick the alerts that you mean first."]})
    if len(asked) > MOST:
        raise ValidationError({"alert": [f"At most {MOST} alerts at once; these are {len(asked)}."]})
    found = {alert.number: alert for alert in Alert.objects.of(actor.team).filter(number__in=asked)}
    result = Outcome(action, unknown=[number for number in asked if number not in found])
    for number in asked:
        if number in found:
            _take(result, actor, found[number], fields, now)
    return result


def _take(result: Outcome, actor: Actor, alert: Alert, fields: Mapping[str, str], now: datetime) -> None:
    try:
        event = act(actor, alert, result.action, fields, now)
    except Conflict:
        result.over.append(alert.number)
        return
    if event is None:
        result.already.append(alert)
    else:
        result.done.append((alert, event))


def _plural(several: Sequence[object]) -> str:
    return "was" if len(several) == 1 else "were"


def _named(numbers: Sequence[int]) -> str:
    return listed([f"#{number}" for number in numbers], NAMED)
