"""A whole installation in one process and one transaction: people at every door, evaluation, a sender, and remotes that
are only memory, on a clock that goes on when it is told to or when somebody waits."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from alerts.ingest import ingest
from alerts.models import Alert
from channels_app.calls import Call, DoorError, HttpCall, MailCall, Reply
from channels_app.hearing import Person
from deliveries.hearing import people
from deliveries.mail_actions import KEPT_FOR, Asked, address_of
from deliveries.models import Delivery
from deliveries.sender import Sender
from integrations.hooks import secret_of
from integrations.models import Integration
from teams.access import Actor
from teams.models import User
from tests.alerts.factories import make_rule, make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.deliveries.stage import tick
from tests.hearing import calling
from tests.integrations.factories import make_integration
from tests.servers.hipchat import ROOM
from tests.servers.hipchat import TOKEN as ROOM_TOKEN
from tests.servers.http import Request
from tests.servers.slack import SIGNING_SECRET, TOKEN, Slack

Trouble = Literal["busy", "broken", "lost", "taken"]
TROUBLES: tuple[Trouble, ...] = ("busy", "broken", "lost", "taken")
SLACK, HIPCHAT = "https://slack.example", "https://hipchat.example"
CHANNELS = {"ops": "C0000000OPS", "night": "C00000NIGHT"}
BASE = "https://bell.example"
OPEN = ("pending", "sending", "held")
CONDITIONS = (
    {"metric": "load", "operator": ">", "threshold": 5.0, "severity": "minor"},
    {"metric": "load", "operator": ">", "threshold": 8.0, "severity": "critical"},
)
WORDS = {"acknowledge": "ack", "unacknowledge": "unack", "assign": "assign", "note": "note", "close": "close"}


class World:
    """`said` is all that the HipChat room showed, notifications and answers alike, in order."""

    def __init__(self, cast: Cast, start: datetime) -> None:
        self.cast, self.start = cast, start
        self.slack = Slack()
        self.slack._listener.close()  # its memory is all that is asked
        self.key = key_of(cast.team, name="programs")
        self.places = self._places()
        self.rule = make_rule(
            cast.team, [make_test(cast.team, "load")], CONDITIONS, severity="minor", recipients=[cast.member.email]
        )
        tick(self.rule, *self.places.values())
        self.sessions = {person: _session(person) for person in (cast.owner, cast.member)}
        for person, name in ((cast.owner, "UOWNER"), (cast.member, "UMEMBER")):
            people.connect(person, self.places["ops"], Person(calling.WORKSPACE, name, name), start)
        self.begin()

    def begin(self) -> None:
        """As on the first day."""
        self.seconds = 0.0
        self.slack.messages.clear()
        self.said: list[dict[str, Any]] = []
        self.mails: list[MailCall] = []
        self.unheard: Counter[str] = Counter()  # what was taken, but nobody heard of that
        self.troubles: dict[str, list[Trouble]] = defaultdict(list)
        self._queue: list[tuple[Call, Callable[[Reply], None]]] = []

    # The clock, as senders and views ask it

    @property
    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    # What happens

    def measure(self, value: float) -> None:
        """A round later."""
        self.seconds += 60
        point = {"test": "load", "metric": "load", "source": "a", "observed_at": self.now.isoformat(), "value": value}
        taken = ingest(Actor.system(self.cast.team), {"measurements": [point]}, self.now)
        assert not taken.rejected

    def send(self) -> None:
        """A sender's turn, until it has nothing to do right now."""
        Sender(Wires(self), lambda: self.now, "sender", jitter=lambda: 0.5).run_until_idle(30)  # type: ignore[arg-type]

    def send_all(self) -> None:
        """Until everything has ended; time goes on where something waits."""
        for _ in range(60):
            self.send()
            if not Delivery.objects.filter(state__in=OPEN).exists():
                return
            self.seconds += 300
        raise AssertionError(list(Delivery.objects.filter(state__in=OPEN).values("state", "reason", "in_place")))

    def act(self, surface: str, deed: str, alert: Alert, person: User) -> Any:
        """Somebody does something by the surface's own door; its answer."""
        self.seconds += 1
        return getattr(self, f"_by_{surface}")(deed, alert, person)

    # The doors, as a sender drives them

    most = 100

    def start_call(self, call: Call, done: Callable[[Reply], None]) -> None:
        self._queue.append((call, done))

    def pump(self, timeout: float) -> None:
        queue, self._queue = self._queue, []
        for call, done in queue:
            done(self._reply(call))
        if not queue:
            self.seconds += max(timeout, 0.001)  # less could be too little to be added, and time stand still

    def watch(self, file: object) -> None:
        return

    # Surfaces

    def _by_page(self, deed: str, alert: Alert, person: User) -> Any:
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[person]
        return client.post(f"/t/ops/alerts/{alert.number}/{deed}/", _fields(person))

    def _by_api(self, deed: str, alert: Alert, person: User) -> Any:
        bodies: Mapping[str, Any] = {
            "assign": {"to": person.email},
            "note": {"text": "seen"},
            "close": {"reason": "known"},
        }
        return ApiClient(self.key).send("POST", f"/api/v1/alerts/{alert.number}/{deed}/", bodies.get(deed, {}))

    def _by_button(self, deed: str, alert: Alert, person: User) -> Any:
        mark = f"{self.places['night'].uid.hex}:{alert.number}"
        return calling.slack_press(SIGNING_SECRET, WORDS[deed], mark, self._id(person), self.now).by(Client())

    def _by_command(self, deed: str, alert: Alert, person: User) -> Any:
        words = f"{WORDS[deed]} {alert.number} {_more(deed, person)}"
        return calling.slack_command(SIGNING_SECRET, words, self._id(person), self.now).by(Client())

    def _by_room(self, deed: str, alert: Alert, person: User) -> Any:
        place = self.places["room"]
        words = f"{WORDS[deed]} {alert.number} {_more(deed, person)}"
        answer = calling.hipchat_saying(f"/hooks/hipchat/{secret_of(place)}/", words, self.now).by(Client())
        self.said.append(json.loads(answer.content))
        return answer

    def _by_mail(self, deed: str, alert: Alert, person: User) -> Any:
        asked = Asked("ops", alert.number, self.cast.member.email, deed, self.now + KEPT_FOR)
        return Client().post(address_of(asked).removeprefix(BASE), {"reason": "known"})

    def _id(self, person: User) -> str:
        return "UOWNER" if person == self.cast.owner else "UMEMBER"

    # Remotes

    def _places(self) -> dict[str, Integration]:
        team = self.cast.team
        app = {"bot_token": TOKEN, "signing_secret": SIGNING_SECRET, "server": f"{SLACK}/api"}
        pings = {"mention_critical": "@here", "mention_minor": "@here"}
        night = {**app, **pings, "channel": "#night", "thread": False}
        room = {"server": HIPCHAT, "room": str(ROOM), "token": ROOM_TOKEN, "actions": "allow"}
        return {
            "ops": make_integration(team, "slack", "ops", config={**app, **pings, "channel": "#ops", "thread": True}),
            "night": make_integration(team, "slack", "night", config=night),
            "room": make_integration(team, "hipchat", "room", config=room),
        }

    def _reply(self, call: Call) -> Reply:
        place = "mail" if isinstance(call, MailCall) else _place_of(call)
        trouble = self.troubles[place].pop(0) if self.troubles[place] else ""
        if trouble == "busy":
            return self._said(429, {"retry-after": "7"}, b'{"ok":false,"error":"ratelimited"}')
        if trouble == "broken":
            return self._said(500, {}, b"broken")
        if trouble == "lost":
            return Reply(None, error=DoorError.TIMEOUT, error_words="no answer", at=self.now.timestamp())
        reply = self._take(call)
        if trouble != "taken":
            return reply
        self.unheard[place] += 1
        return Reply(None, error=DoorError.TIMEOUT, error_words="no answer", at=self.now.timestamp())

    def _take(self, call: Call) -> Reply:
        if isinstance(call, MailCall):
            self.mails.append(call)
            return self._said(250, {}, b"queued")
        assert isinstance(call, HttpCall)
        parts, body = urlsplit(call.url), json.loads(call.body)
        if call.url.startswith(HIPCHAT):
            self.said.append(body)
            return self._said(204, {}, b"")
        headers = {name.lower(): value for name, value in call.headers.items()}
        assert self.slack.decide
        answer = self.slack.decide(Request(call.method, parts.path, headers, call.body, 1, self.seconds))
        return self._said(answer.status, answer.headers, answer.body)

    def _said(self, status: int, headers: Mapping[str, str], body: bytes) -> Reply:
        lower = {name.lower(): value for name, value in headers.items()}
        return Reply(status, lower, body, at=self.now.timestamp())


class Wires:
    """The doors of a world, by the names that the sender knows."""

    def __init__(self, world: World) -> None:
        self.start, self.pump, self.watch, self.most = world.start_call, world.pump, world.watch, world.most


def _place_of(call: Call) -> str:
    assert isinstance(call, HttpCall)
    if call.url.startswith(HIPCHAT):
        return "room"
    channel = json.loads(call.body)["channel"]
    return next(name for name, known in CHANNELS.items() if channel in (known, f"#{name}"))


def _session(person: User) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _fields(person: User) -> dict[str, str]:
    return {"to": person.email, "text": "seen", "reason": "known"}


def _more(deed: str, person: User) -> str:
    return {"assign": person.email, "note": "seen", "close": "known"}.get(deed, "")
