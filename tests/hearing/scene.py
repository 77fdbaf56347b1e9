"""Two teams with an integration of every sort that hears, and alerts in every state, for whoever acts on them."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from alerts import lifecycle
from alerts.models import Alert, AlertNumber, AlertRule, Test
from channels_app.hearing import Person
from deliveries.hearing import later, people
from integrations.models import Integration
from teams.access import Actor, actor_for
from teams.models import Team, User
from tests.alerts.factories import make_rule, make_test
from tests.conftest import AtOnce, Cast
from tests.deliveries.stage import clear, tick, trigger
from tests.hearing.calling import WORKSPACE
from tests.hearing.declared import State
from tests.integrations.factories import make_integration
from tests.servers.hipchat import ROOM, TOKEN
from tests.servers.pagerduty import KEY

SLACK, HIPCHAT = "https://slack.example", "https://hipchat.example"
REPLY_TO = f"{SLACK}/response/1"
ROOMS = ("refuse", "acknowledge", "allow")  # and one with a JWT secret
PERSON_IDS = {"member": 1_661_743, "viewer": 1_661_744, "outsider": 1_661_745, "stranger": 1_661_746}
UNKNOWN_NUMBER = 999


def secret_of(team: Team, sort: str) -> str:
    """What the remote signs with: another for each team."""
    return f"{team.slug}{sort}SecretThatNobodyElseHasAndSigns"


def slack_id(name: str) -> str:
    return f"U{name.upper()}"


class Inline(AtOnce):
    """Keeps the calls that answer later, instead of making them."""

    def __init__(self) -> None:
        self.carried: list[Any] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if fn is not later._carry:
            return super().submit(fn, *args, **kwargs)
        self.carried.append(args[1])
        done: Future[Any] = Future()
        done.set_result(None)
        return done


@dataclass
class Half:
    """A team's integrations by name: slack, pagerduty, and HipChat's rooms by what they allow; `jwt` has a secret."""

    team: Team
    places: dict[str, Integration] = field(default_factory=dict)

    def furnish(self) -> None:
        team = self.team
        app = {
            "bot_token": f"xoxb-{team.slug}-token",
            "signing_secret": secret_of(team, "Slack"),
            "channel": "#ops",
            "server": f"{SLACK}/api",
        }
        duty = {"routing_key": KEY, "region": "us", "hook_secret": secret_of(team, "PagerDuty")}
        room = {"server": HIPCHAT, "room": str(ROOM), "token": TOKEN}
        self.places = {
            "slack": make_integration(team, "slack", "app", config=app),
            "pagerduty": make_integration(team, "pagerduty", "duty", config=duty),
            "jwt": make_integration(
                team, "hipchat", "jwt", config={**room, "oauth_secret": secret_of(team, "HipChat")}
            ),
            **{name: make_integration(team, "hipchat", name, config={**room, "actions": name}) for name in ROOMS},
        }

    def link(self, user: User, name: str, now: datetime) -> None:
        """The user is known in Slack and in the room with a secret."""
        people.connect(user, self.places["slack"], Person(WORKSPACE, slack_id(name), name), now)
        server = HIPCHAT.partition("://")[2]
        people.connect(user, self.places["jwt"], Person(server, str(PERSON_IDS[name]), name), now)

    def actor(self, user: User) -> Actor:
        found = actor_for(user, self.team)
        assert found is not None
        return found


class Scene:
    """`alerts` are by how they are as seen from the first team; what is not there has no row."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.now = cast, timezone.now()
        self.ours, self.theirs = Half(cast.team), Half(cast.other_team)
        for half, last in ((self.ours, 40), (self.theirs, 70)):
            AlertNumber.objects.create(team=half.team, last=last)
            half.furnish()
        self.ours.link(cast.member, "member", self.now)
        self.ours.link(cast.viewer, "viewer", self.now)
        self.theirs.link(cast.outsider, "outsider", self.now)
        self.alerts = self._alerts()

    def number(self, state: State) -> int:
        return self.alerts[state].number if state in self.alerts else UNKNOWN_NUMBER

    def test(self, state: State) -> str:
        """The slug of its test."""
        found = self.alerts[state].test if state in self.alerts else None
        return found.slug if found else "nowhere"

    def mark(self, state: State) -> str:
        """What a button of its message carries."""
        half = self.theirs if state is State.FOREIGN else self.ours
        return f"{half.places['slack'].uid}:{self.number(state)}"

    def _alerts(self) -> dict[State, Alert]:
        told = self._rule(self.ours, *self.ours.places.values())
        foreign = self._rule(self.theirs, *self.theirs.places.values())
        aside = self._rule(self.ours, make_integration(self.ours.team, "slack", "aside"))
        found = {
            State.TRIGGERED: self._open(told, "t-open"),
            State.ACKNOWLEDGED: self._open(told, "t-held"),
            State.CLEARED: self._open(told, "t-over"),
            State.ELSEWHERE: self._open(aside, "t-aside"),
            State.FOREIGN: self._open(foreign, "t-theirs"),
        }
        lifecycle.acknowledge(self.ours.actor(self.cast.owner), found[State.ACKNOWLEDGED], self.now)
        clear(found[State.CLEARED], self.now)
        return found

    def _rule(self, half: Half, *ticked: Integration) -> AlertRule:
        rule = make_rule(half.team, [], name=f"rule of {ticked[0].name}")
        tick(rule, *ticked)
        return rule

    def _open(self, rule: AlertRule, slug: str) -> Alert:
        test: Test = make_test(rule.team, slug)
        return trigger(rule, self.now, test=test)
