"""Mutes as pages show them: what is muted now, until when and by whom; what was; and what may be muted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from alerts import selectors
from alerts.models import AlertRule, Mute, Test
from alerts.sentences import scope_of
from teams.models import Team
from teams.paging import behind, cut
from teams.values import number_in, shown

PAGE = 50
OFFERED = 200
EVERYTHING = "everything"
Choices = list[tuple[str, str | list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Muting:
    """A mute in words; `form` is how its end is written: the time of day, with the date where that is another day."""

    mute: Mute
    of: str
    form: str

    @property
    def ended_at(self) -> datetime | None:
        """When it was over."""
        return self.mute.ended_at or self.mute.until

    @property
    def ended_by(self) -> str:
        """Who ended it before its time; empty where it ended by itself."""
        return self.mute.ended_by_text


def muting(team: Team, now: datetime, *, rule: int | None = None, test: int | None = None) -> list[Muting]:
    """The mutes that concern the rule or the test with these ids, or with neither the whole team; widest first."""
    concerned = Q(rule=None, test=None)
    if rule is not None:
        concerned |= Q(rule=rule)
    if test is not None:
        concerned |= Q(test=test)
    return _widest_first(selectors.mutes_on(team, now).filter(concerned), now)


def muted_rules(rules: Sequence[AlertRule], now: datetime) -> dict[int, list[Muting]]:
    """The mutes that concern each of the rules, all of one team, by id: those of everything first."""
    if not rules:
        return {}
    concerned = Q(rule__in=[rule.pk for rule in rules]) | Q(rule=None, test=None)
    found = selectors.on_at(Mute.objects.filter(concerned, team=rules[0].team_id), now).select_related("rule", "test")
    said = _widest_first(found, now)
    return {rule.pk: [each for each in said if each.mute.rule_id in (None, rule.pk)] for rule in rules}


def longest(mutings: Sequence[Muting]) -> Muting | None:
    """That which lasts longest; one without an end outlasts all."""
    lasting = [each for each in mutings if each.mute.until is None]
    timed = [(each.mute.until, each) for each in mutings if each.mute.until]
    return lasting[0] if lasting else max(timed, key=lambda pair: pair[0])[1] if timed else None


def _widest_first(mutes: Iterable[Mute], now: datetime) -> list[Muting]:
    return sorted((in_words(mute, now) for mute in mutes), key=lambda each: bool(each.mute.rule or each.mute.test))


def all_on(team: Team, now: datetime) -> list[Muting]:
    """All that is muted now, newest first."""
    return [in_words(mute, now) for mute in selectors.mutes_on(team, now)]


def all_over(team: Team, now: datetime, after: int | None) -> tuple[list[Muting], int | None]:
    """Fifty mutes that are over, newest first, from behind the one with the id `after`; and the id to go on behind."""
    over = selectors.mutes_of(team).exclude(pk__in=selectors.mutes_on(team, now).values("pk"))
    found, more = cut(over.filter(behind(Mute.objects.filter(team=team), after, "-began_at")), PAGE)
    return [in_words(mute, now) for mute in found], more


def in_words(mute: Mute, now: datetime) -> Muting:
    """The mute as pages say it."""
    of = scope_of(mute)
    today = mute.until is None or timezone.localtime(mute.until).date() == timezone.localtime(now).date()
    return Muting(mute, of[:1].upper() + of[1:], "H:i" if today else "Y-m-d H:i")


def things_to_mute(team: Team, rule: AlertRule | None, test: Test | None) -> Choices:
    """What may be muted, as choices: the rule and the test that are at hand, or with neither all of the team's."""
    everything = (EVERYTHING, "Everything of this team")
    if rule or test:
        return [*_rules([rule] if rule else []), *_tests([test] if test else []), everything]
    rules = AlertRule.objects.of(team).order_by("name", "pk")[:OFFERED]
    tests = Test.objects.of(team).order_by("name", "pk")[:OFFERED]
    groups = (("Rules", _rules(list(rules))), ("Tests", _tests(list(tests))))
    return [("", "Choose what"), everything, *((label, choices) for label, choices in groups if choices)]


def thing_meant(team: Team, word: str) -> AlertRule | Test | None:
    """What a choice names, None for everything. A ValidationError where the team has no such thing."""
    sort, _, name = word.partition("-")
    found: AlertRule | Test | None = None
    if sort == "rule":
        found = rule_named(team, name)
    elif sort == "test":
        found = test_named(team, name)
    if found is None and word != EVERYTHING:
        raise ValidationError({"what": [f"There is no {shown(word)} to mute in this team."]})
    return found


def rule_named(team: Team, text: str) -> AlertRule | None:
    """The team's rule with the id that a text is."""
    number = number_in(text)
    return AlertRule.objects.of(team).filter(pk=number).first() if number is not None else None


def test_named(team: Team, slug: str) -> Test | None:
    """The team's test that bears the slug now."""
    return selectors.find_tests(team, [slug]).get(slug)


def _rules(rules: Sequence[AlertRule]) -> list[tuple[str, str]]:
    return [(f"rule-{rule.pk}", f"Rule {rule.name}") for rule in rules]


def _tests(tests: Sequence[Test]) -> list[tuple[str, str]]:
    return [(f"test-{test.slug}", f"Test {test.name}") for test in tests]
