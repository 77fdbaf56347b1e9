"""What can be asked without changing anything: what is open, who has it, who was told, what can be said."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from alerts.links import alert_link, alerts_address
from alerts.models import Alert
from alerts.sentences import CLEARED_WORDS
from channels_app.contract import DigestLine, Link
from channels_app.hearing import Answer, Trust
from channels_app.words import SEVERITIES, AlertState, Severity, Story
from deliveries.hearing.asking import Asked
from deliveries.hearing.commands import FORMS, Command
from deliveries.hearing.finding import told_alerts
from deliveries.told import who_was_told
from integrations.selectors import speech_for

MOST_LISTED = 20
MOST_PLACES = 20


def list_of(asked: Asked, command: Command) -> Answer:
    """The open alerts that were told here, most severe first."""
    found = list(_open_ones(asked))
    link = Link("All alerts", alerts_address(asked.place.team.slug))
    if not found:
        return Answer("No alert that was told here is open.", link=link)
    lines = tuple(_line(asked, alert) for alert in found[:MOST_LISTED])
    if len(found) > MOST_LISTED:
        return Answer(f"More than {MOST_LISTED} alerts are open. The most severe:", lines, link=link)
    return Answer("1 alert is open:" if len(found) == 1 else f"{len(found)} alerts are open:", lines, link=link)


def who_is(asked: Asked, command: Command) -> Answer:
    """Who has the alert and who was told; without a number, who asks."""
    if not command.numbers:
        return Answer(_who_asks(asked))
    alert = asked.alert(command.numbers[0])
    if alert is None:
        return Answer(unknown(command.numbers[0]))
    told = who_was_told(alert, asked.now, UTC)
    standings = Counter((each.integration.name, str(each.standing)) for each in told.destinations)
    places = [f"{name}: {count} {word}" for (name, word), count in list(standings.items())[:MOST_PLACES]]
    more = "\n".join([_owner(asked, alert), *places])
    return Answer(f"#{alert.number}: {alert.about}", more=more, link=_link_of(alert))


def help_of(asked: Asked, command: Command) -> Answer:
    """All that can be said."""
    return Answer("Say /bellhop and one of these:", more="\n".join(FORMS.values()))


def unknown(number: int) -> str:
    return f"There is no alert #{number} that was told here." if number > 0 else "There is no such alert."


def over_words(asked: Asked, alert: Alert) -> str:
    """`over since 2026-11-21 03:24 UTC (closed by hand)`."""
    at = f" since {time_words(asked, alert.cleared_at)}" if alert.cleared_at else ""
    return f"over{at} ({CLEARED_WORDS.get(alert.cleared_reason, 'cleared')})"


def time_words(asked: Asked, at: datetime) -> str:
    """A time as messages of the integration say it."""
    return speech_for(asked.place.through).time(at)


def _open_ones(asked: Asked) -> Iterator[Alert]:
    """One more than is listed; severity by severity, for which there is an index."""
    left = MOST_LISTED + 1
    for severity in reversed(SEVERITIES):
        rows = told_alerts(asked.place).filter(cleared_at=None, severity=severity).order_by("-number")[:left]
        yield from rows
        left -= len(rows)
        if not left:
            return


def _line(asked: Asked, alert: Alert) -> DigestLine:
    story = Story.ACKNOWLEDGED if alert.state == AlertState.ACKNOWLEDGED else Story.TRIGGERED
    text = f"{alert.about}, since {time_words(asked, alert.started_at)}. {_owner(asked, alert)}"
    return DigestLine(alert.number, story, Severity(alert.severity), text, _link_of(alert))


def _owner(asked: Asked, alert: Alert) -> str:
    """Who has it and since when; of an alert that is over, who had it."""
    if alert.cleared_at:
        had = [f"It was acknowledged by {_by(alert)}."] if alert.acknowledged_at else []
        had += [f"It was assigned to {alert.assigned_to}."] if alert.assigned_to else []
        return " ".join([f"It is {over_words(asked, alert)}.", *had])
    at = alert.acknowledged_at
    parts = [f"Acknowledged by {_by(alert)} since {time_words(asked, at)}"] if at else []
    parts += [f"assigned to {alert.assigned_to}"] if alert.assigned_to else []
    words = ", ".join(parts) or "Nobody has it"
    return f"{words[0].upper()}{words[1:]}."


def _by(alert: Alert) -> str:
    return alert.acknowledged_by_text or "somebody"


def _who_asks(asked: Asked) -> str:
    actor = asked.actor
    if actor is None or asked.trust is not Trust.PEOPLE:
        return "Nobody proves here who they are. What you do is recorded with the room and the name that it gives you."
    return f"You are {actor.text}, {actor.role} of {asked.place.team.name}."


def _link_of(alert: Alert) -> Link:
    return Link(f"Open #{alert.number}", alert_link(alert))
