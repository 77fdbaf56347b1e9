"""What changing or deleting things does to alerts: said before, and said after."""

from collections.abc import Mapping

from django.db.models import Exists, OuterRef, QuerySet

from alerts.models import Alert, AlertQuerySet, AlertRule, RuleTest, Test
from alerts.pages.rule_told import told_by
from alerts.sentences import CLEARED_WORDS
from channels_app import registry
from teams.words import listed

NAMED = 20
NEVER_REMOVED = "Past alerts and their deliveries are kept."


def will_clear(alerts: AlertQuerySet | QuerySet[Alert]) -> list[str]:
    """Which open alerts an archiving will clear, as a sentence; names the first 20."""
    numbers = list(
        Alert.objects.filter(pk__in=alerts.values("pk")).active().order_by("number").values_list("number", flat=True)
    )
    if not numbers:
        return ["No alert is open on it."]
    named = listed([f"#{number}" for number in numbers], NAMED)
    return [f"{len(numbers)} open alert{'' if len(numbers) == 1 else 's'} will clear: {named}."]


def of_deleting_rule(rule: AlertRule) -> list[str]:
    """What deleting the rule will do: which alerts will clear, who hears of it, what is kept."""
    open_alerts = Alert.objects.filter(rule=rule)
    told = [_who_hears(rule)] if open_alerts.active().exists() else []
    return [*will_clear(open_alerts), *told, NEVER_REMOVED]


def of_disabling_test(test: Test) -> list[str]:
    """What switching the test off will do."""
    return [*_of_losing(test), f"{_watching(test)} Nothing of it is judged until it is switched on again."]


def of_deleting_test(test: Test) -> list[str]:
    """What deleting the test will do: which alerts will clear, which rules let go of it, what is kept."""
    elsewhere = RuleTest.objects.filter(rule=OuterRef("pk")).exclude(test=test)
    left = _watchers(test).exclude(Exists(elsewhere))
    alone = [f"Rules that watch nothing then: {_rules(left)}."] if left.exists() else []
    kept = "Its measurements are kept, and links to its views still open. Its slug becomes free."
    return [*_of_losing(test), f"{_watching(test)} It is taken off every rule that uses it.", *alone, kept]


def open_of(whose: AlertRule | Test) -> dict[int, str]:
    """The severities of the open alerts of a rule or a test by number."""
    return dict(_alerts_of(whose).active().values_list("number", "severity"))


def what_followed(whose: AlertRule | Test, before: Mapping[int, str]) -> list[str]:
    """What became of the alerts of a rule or a test since `before`, as from `open_of`; names the first 20."""
    after = open_of(whose)
    known = _alerts_of(whose).filter(number__in=[*before.keys() - after.keys(), *after.keys() - before.keys()])
    said = [_what_became(alert) for alert in known.select_related("test").order_by("number")[:NAMED]]
    moved = [number for number in sorted(before.keys() & after.keys()) if before[number] != after[number]]
    said += [f"#{number} is {after[number]} now." for number in moved[:NAMED]]
    left = len(before.keys() ^ after.keys()) + len(moved) - len(said)
    return [*said, *([f"{left} more alerts changed."] if left else [])]


def watched_by(test: Test) -> dict[int, str]:
    """The names of the rules that watch the test, by id."""
    return dict(_watchers(test).order_by("name").values_list("pk", "name"))


def who_watches_now(test: Test, before: Mapping[int, str]) -> list[str]:
    """Which rules took the test up by its labels since `before`, as from `watched_by`, and which let go of it."""
    after = watched_by(test)
    new = [f"“{name}”" for pk, name in after.items() if pk not in before]
    gone = [f"“{name}”" for pk, name in before.items() if pk not in after]
    said = [f"Its labels have it watched by {listed(new, NAMED)}."] if new else []
    return said + ([f"No longer watched by {listed(gone, NAMED)}."] if gone else [])


def _alerts_of(whose: AlertRule | Test) -> AlertQuerySet:
    return Alert.objects.filter(test=whose) if isinstance(whose, Test) else Alert.objects.filter(rule=whose)


def _of_losing(test: Test) -> list[str]:
    open_alerts = Alert.objects.filter(test=test)
    told = "Those who were told of them will be told that they cleared, where their rules say so."
    return [*will_clear(open_alerts), *([told] if open_alerts.active().exists() else [])]


def _watchers(test: Test) -> QuerySet[AlertRule]:
    links = RuleTest.objects.filter(test=test)
    return AlertRule.objects.of(test.team).filter(pk__in=links.values("rule"))


def _watching(test: Test) -> str:
    rules = _watchers(test)
    count = rules.count()
    words = {0: "No rule watches it.", 1: f"1 rule watches it: {_rules(rules)}."}
    return words.get(count) or f"{count} rules watch it: {_rules(rules)}."


def _rules(rules: QuerySet[AlertRule]) -> str:
    names = rules.order_by("name").values_list("name", flat=True)[:NAMED]
    return listed([f"“{name}”" for name in names], NAMED, rules.count())


def _what_became(alert: Alert) -> str:
    if alert.cleared_reason:
        return f"#{alert.number} cleared: {CLEARED_WORDS.get(alert.cleared_reason, 'for an unknown reason')}."
    return f"#{alert.number} was triggered as {alert.severity}{f' on {alert.test.name}' if alert.test else ''}."


def _who_hears(rule: AlertRule) -> str:
    ticked = list(told_by(rule))
    if not rule.notify_on_clear:
        always = {kind.spec.kind for kind in registry.kinds() if kind.spec.abilities.tracks_state}
        ticked = [row for row in ticked if row.kind in always]
    names = [row.name for row in ticked[:NAMED]] + ([f"{len(ticked) - NAMED} more"] if len(ticked) > NAMED else [])
    if rule.recipients and rule.notify_on_clear:
        names.append(f"{len(rule.recipients)} e-mail address{'' if len(rule.recipients) == 1 else 'es'}")
    if not names:
        return "Nobody will be told that they cleared: the rule says so."
    return f"Those of them who were told of an alert will be told that it cleared: {', '.join(names)}."
