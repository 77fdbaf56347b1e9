"""The list of a team's integrations as pages show it: a page at a time, with health and how many rules use each."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from channels_app import registry
from integrations import policies
from integrations.holding import held_in
from integrations.models import Integration
from integrations.selectors import integrations_of
from integrations.standing import Standing, standings_of
from integrations.usage import counts_of, rules_address
from teams.models import Team
from teams.paging import behind, cut

PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One integration: `kind` is its type's own name, `used_by` the number of rules that `rules_address` lists.

    `told` says in a few words each what is unusual about what it is told, and how.
    """

    integration: Integration
    kind: str
    standing: Standing
    used_by: int
    rules_address: str
    told: list[str]


@dataclass(frozen=True, slots=True)
class Listing:
    """`after` is the id to go on after, None at the end. `any` says whether the team has any at all."""

    rows: list[Row]
    after: int | None
    any: bool


def listing(team: Team, now: datetime, *, words: str = "", after: int | None = None, held: bool = False) -> Listing:
    """A page by name; `words` must stand in name or target, `after` is the last id of the page before.

    With `held` only those on hold.
    """
    behind_it = behind(Integration.objects.filter(team=team), after, "name")
    shown, more = cut(_matching(team, words, held).filter(behind_it), PAGE)
    used, standings = counts_of(shown), standings_of(shown, now)
    rows = [
        Row(
            each,
            registry.name_of(each.kind),
            standings[each.pk],
            used.get(each.pk, 0),
            rules_address(team, each.pk),
            policies.in_words(each),
        )
        for each in shown
    ]
    return Listing(rows, more, bool(rows) or integrations_of(team).exists())


def _matching(team: Team, words: str, held: bool) -> QuerySet[Integration]:
    found = held_in(team) if held else integrations_of(team)
    return found.filter(Q(name__icontains=words) | Q(target__icontains=words)) if words else found
