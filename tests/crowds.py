"""Many rows of each sort for a team, in few statements, so that pages can be seen full."""

from datetime import timedelta
from typing import Any, TypeVar

from django.db.models import Model
from django.utils import timezone

from alerts import lifecycle
from alerts.happenings import Happening, cleared
from alerts.models import Alert, AlertRule, ClearedReason, Measurement, RuleGroup, RuleIntegration, Series, Test
from channels_app.words import Severity
from deliveries.models import Attempt, ChatIdentity, Delivery, Dispatch, DispatchItem
from integrations.models import Group, GroupMember, Integration
from teams import audit, services
from teams.access import Actor, actor_for
from teams.models import Team, User
from tests.addresses import World
from tests.alerts.factories import make_rule, make_test
from tests.factories import MembershipFactory, UserFactory
from tests.integrations.factories import make_integration
from tests.troubles import put_on_hold

Row = TypeVar("Row", bound=Model)
SEVERITIES = list(Severity)
KINDS = ("slack", "hipchat", "email")


def crowd(world: World, count: int, mark: str = "crowd") -> None:
    """`count` more tests, rules, integrations, alerts, deliveries, people and keys.

    Every third integration is on hold. Each row of the world gets as many of what hangs on it: its rule integrations,
    its test sources, its alert notes,
    its delivery attempts.
    """
    team = world.team
    places = [make_integration(team, KINDS[n % 3], f"Room {n} {mark}") for n in range(count)]
    tests = [make_test(team, f"{mark}-{n}", name=f"Test {n} {mark}", labels={"tier": str(n)}) for n in range(count)]
    rules = [make_rule(team, [each, the(world, Test)], name=f"Rule {each.name}") for each in tests]
    _tick(team, [*rules, the(world, AlertRule)], places)
    _group(team, [*rules, the(world, AlertRule)], places, mark)
    _measure(team, [*tests, the(world, Test)], [f"{mark} {n}" for n in range(count)])
    _happen(team, rules, tests)
    _talk(world, count)
    _try(the(world, Delivery), count)
    for place in places[::3]:
        put_on_hold(place, timezone.now(), mark)
    Integration.objects.filter(pk__in=[each.pk for each in places[1:]]).update(fallback=places[0])
    _people(team, count, mark)
    _chat(team, count, mark)


def the(world: World, model: type[Row]) -> Row:
    """The world's row of a model."""
    row: Any = world.objects[str(model._meta.model_name)]
    return row  # type: ignore[no-any-return]


def _tick(team: Team, rules: list[AlertRule], places: list[Integration]) -> None:
    rows = [RuleIntegration(team=team, rule=rule, integration=place) for rule in rules for place in places[-10:]]
    rows += [RuleIntegration(team=team, rule=rules[-1], integration=place) for place in places[:-10]]
    RuleIntegration.objects.bulk_create(rows)


def _group(team: Team, rules: list[AlertRule], places: list[Integration], mark: str) -> None:
    """As many groups as rules; the first holds every place, and each is told by its rule and by the last one."""
    crews = Group.objects.bulk_create([Group(team=team, name=f"Crew {n} {mark}") for n in range(len(rules))])
    members = [(crews[0], place) for place in places] + [(crew, places[0]) for crew in crews[1:]]
    GroupMember.objects.bulk_create([GroupMember(team=team, group=crew, integration=each) for crew, each in members])
    told = dict.fromkeys([*zip(rules, crews, strict=True), *((rules[-1], crew) for crew in crews)])
    RuleGroup.objects.bulk_create([RuleGroup(team=team, rule=rule, group=crew) for rule, crew in told])


def _measure(team: Team, tests: list[Test], sources: list[str]) -> None:
    """Half an hour from two sources; of the last test from all of them."""
    now = timezone.now().replace(second=0, microsecond=0)
    named = [(test, metric, each) for test in tests for metric in ("response_time", "load") for each in sources[:2]]
    named += [(tests[-1], "response_time", each) for each in sources[2:]]
    series = Series.objects.bulk_create([Series(team=team, test=t, metric=m, source=s) for t, m, s in named])
    points = [(each, now - timedelta(minutes=minute)) for each in series for minute in range(0, 30, 3)]
    Measurement.objects.bulk_create(
        [Measurement(series=s, observed_at=at, received_at=at, value=at.minute) for s, at in points]
    )


def _happen(team: Team, rules: list[AlertRule], tests: list[Test]) -> None:
    """One alert of each rule; every third of them acknowledged, every third cleared."""
    now, actor = timezone.now(), Actor.system(team)
    detail = {
        "sources": {"fra1": {"response_time": 812.5}, "lon1": {"response_time": 640.0}},
        "violating": 2,
        "heard": 5,
    }
    opened = [
        Happening("opened", rule.pk, test.pk, now - timedelta(minutes=20), SEVERITIES[n % 4], detail=detail)
        for n, (rule, test) in enumerate(zip(rules, tests, strict=True))
    ]
    events = lifecycle.apply(actor, opened, now - timedelta(minutes=19))
    for event in events[::3]:
        lifecycle.acknowledge(actor, event.alert, now)
    over = [(rule, test) for rule, test in zip(rules, tests, strict=True)][1::3]
    ends = [cleared(rule.pk, test.pk, ClearedReason.RECOVERED, now) for rule, test in over]
    lifecycle.apply(actor, ends, now)


def _talk(world: World, count: int) -> None:
    """Notes on the world's alert, and an entry each in the audit."""
    alert = Alert.objects.get(pk=the(world, Alert).pk)
    actor = actor_for(the(world, User), world.team) or Actor.system(world.team)
    for n in range(count):
        lifecycle.note(actor, alert, f"Note {n}", timezone.now())
        audit.record(Actor.system(world.team), "team.changed", world.team)


def _try(delivery: Delivery, count: int) -> None:
    now = timezone.now()
    dispatches = Dispatch.objects.bulk_create(
        [Dispatch(lane_id=delivery.lane_id, fence=n, created_at=now, finished_at=now) for n in range(count)]
    )
    DispatchItem.objects.bulk_create([DispatchItem(dispatch=each, delivery=delivery) for each in dispatches])
    Attempt.objects.bulk_create(
        [Attempt(dispatch=each, at=now, status=503, outcome="retry_later", words="later") for each in dispatches]
    )


def _chat(team: Team, count: int, mark: str) -> None:
    """As many people of chats as there are, all of them one member."""
    member = team.memberships.select_related("user").earliest("id").user
    ChatIdentity.objects.bulk_create(
        [ChatIdentity(team=team, user=member, kind="slack", key=f"{mark} {n}", person=f"U{n}") for n in range(count)]
    )


def _people(team: Team, count: int, mark: str) -> None:
    for n in range(count):
        person = UserFactory.create(email=f"{mark}{n}@example.com", name=f"Person {n} {mark}", password="!")
        MembershipFactory.create(team=team, user=person)
        services.create_api_key(Actor.system(team), team, f"Key {n} {mark}", "viewer", None, timezone.now())
