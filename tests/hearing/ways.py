"""How each surface of the declaration is used, through its real door; what its answers amount to."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from deliveries.mail_actions import KEPT_FOR, Asked, address_of
from deliveries.subjects import alert_key
from integrations.hooks import secret_of as hook_secret
from teams.models import Role, User
from tests.api.calls import ApiClient, key_of
from tests.hearing import calling
from tests.hearing.declared import VERBS, Deed, Sort, State, Surface, Who
from tests.hearing.scene import PERSON_IDS, REPLY_TO, Half, Inline, Scene, secret_of, slack_id

Way = Callable[[], Sort]
WORDS = {deed: verb for verb, deed in VERBS.items()}
REASON, NOTE = "known", "looking at it"
_SAID = (
    (Sort.DONE, r"has (acknowledged|taken the acknowledgement|assigned|added a note|closed|muted)"),
    (Sort.EXPIRED, r"too long ago"),
    (Sort.OVER, r"is over"),
    (Sort.ALREADY, r"already|was not acknowledged|says this"),
    (Sort.UNKNOWN, r"There is no"),
    (Sort.REFUSED, r"Your role|From here"),
    (Sort.LINK, r"/chat/link/"),
)
_ROOMS = {
    "a HipChat room that may only ask": "refuse",
    "a HipChat room that may acknowledge": "acknowledge",
    "a HipChat room that may act": "allow",
    "a HipChat room with JWT": "jwt",
}


class Ways:
    """Prepares what somebody does at a surface. What was prepared can be done several times, to the last byte."""

    def __init__(self, scene: Scene, inline: Inline) -> None:
        self.scene, self.inline = scene, inline
        team, other = scene.cast.team, scene.cast.other_team
        self.keys = {
            Who.LINKED: key_of(team, name="programs"),
            Who.VIEWER: key_of(team, Role.VIEWER),
            Who.OUTSIDER: key_of(other),
        }
        self.sessions = {who: _logged_in(person) for who, person in self._people().items()}

    def prepare(self, surface: Surface, deed: Deed, state: State, who: Who) -> Way:
        """What it takes to do that there."""
        if surface.name in _ROOMS:
            return self._hipchat(_ROOMS[surface.name], deed, state, who)
        ways: Mapping[str, Callable[[Deed, State, Who], Way]] = {
            "the alert's page": self._page,
            "the list of alerts": self._list,
            "the API": self._api,
            "the admin": self._admin,
            "a button in Slack": self._button,
            "/bellhop in Slack": self._command,
            "PagerDuty": self._pagerduty,
            "a link in a mail": self._mail,
        }
        return ways[surface.name](deed, state, who)

    # The pages

    def _page(self, deed: Deed, state: State, who: Who) -> Way:
        if deed is Deed.MUTE:
            slug = self.scene.test(state)
            path, fields = "/t/ops/mutes/new/", {"test": slug, "what": f"test-{slug}", "length": "60"}
        else:
            path, fields = f"/t/ops/alerts/{self.scene.number(state)}/{deed}/", _fields(self.scene.cast.member)
        return lambda: _of_page(self._browser(who).post(path, fields))

    def _list(self, deed: Deed, state: State, who: Who) -> Way:
        fields = {"do": str(deed), "alert": str(self.scene.number(state)), **_fields(self.scene.cast.member)}
        return lambda: _of_page(self._browser(who).post("/t/ops/alerts/act/", fields))

    def _admin(self, deed: Deed, state: State, who: Who) -> Way:
        alert = self.scene.alerts.get(state)
        path = reverse(f"admin:alerts_alert_{deed}", args=[alert.pk if alert else 10**9])
        fields = {
            "assign-to": self.scene.cast.member.pk,
            "note-text": NOTE,
            "close-reason": REASON,
        }
        return lambda: _of_page(self._browser(who).post(path, fields))

    def _people(self) -> dict[Who, User]:
        cast = self.scene.cast
        others = {Who.VIEWER: cast.viewer, Who.OUTSIDER: cast.outsider}
        return {who: others.get(who, cast.member) for who in Who}

    def _browser(self, who: Who) -> Client:
        client = Client(enforce_csrf_checks=who is Who.FORGED)
        if who is not Who.UNLINKED:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return client

    # Programs

    def _api(self, deed: Deed, state: State, who: Who) -> Way:
        key = self.keys.get(who, self.keys[Who.LINKED])
        client = Client() if who is Who.UNLINKED else ApiClient(f"{key}x" if who is Who.FORGED else key)
        path = "mutes" if deed is Deed.MUTE else f"alerts/{self.scene.number(state)}/{deed}"
        bodies: Mapping[Deed, Mapping[str, Any]] = {
            Deed.ASSIGN: {"to": "member@example.com"},
            Deed.NOTE: {"text": NOTE},
            Deed.MUTE: {"test": self.scene.test(state), "minutes": 60},
        }
        content = json.dumps(bodies.get(deed, {}))
        return lambda: _of_api(client.generic("POST", f"/api/v1/{path}/", content, content_type="application/json"))

    # Chats

    def _button(self, deed: Deed, state: State, who: Who) -> Way:
        half, name, at = self._caller(who)
        secret = secret_of(half.team, "Slack") if who is not Who.FORGED else "another secret that signs it"
        call = calling.slack_press(
            secret, WORDS[deed], self.scene.mark(state), slack_id(name), _minutes_before(at, who, 6), REPLY_TO
        )
        return lambda: self._pressed(call)

    def _pressed(self, call: calling.Call) -> Sort:
        """What a press did shows in the message; only what it did not do is told to the person."""
        self.inline.carried.clear()
        answer = call.by(Client())
        if answer.status_code != 200:
            return _of_status(answer)
        assert answer.content == b""
        if not self.inline.carried:
            return Sort.DONE
        (told,) = self.inline.carried
        assert told.url == REPLY_TO
        return _of_words(told.body.decode())

    def _command(self, deed: Deed, state: State, who: Who) -> Way:
        half, name, at = self._caller(who)
        secret = secret_of(half.team, "Slack") if who is not Who.FORGED else "another secret that signs it"
        at = _minutes_before(at, who, 6)
        call = calling.slack_command(secret, self._words(deed, state), slack_id(name), at, REPLY_TO)
        return lambda: _of_chat(call.by(Client()))

    def _hipchat(self, room: str, deed: Deed, state: State, who: Who) -> Way:
        half, name, at = self._caller(who)
        known = room == "jwt"
        path = self._hook(half, room)
        if who is Who.FORGED and not known:
            path = f"{path[:-3]}{'00' if path[-3:-1] != '00' else '11'}/"
        secret = "" if not known else secret_of(half.team, "HipChat")
        if who is Who.FORGED and known:
            secret = "another secret that signs a token of its own"
        at = _minutes_before(at, who, 120)
        call = calling.hipchat_saying(path, self._words(deed, state), at, secret, PERSON_IDS[name])
        return lambda: _of_chat(call.by(Client()))

    def _pagerduty(self, deed: Deed, state: State, who: Who) -> Way:
        half, _, at = self._caller(who)
        event = {Deed.ACKNOWLEDGE: "acknowledged", Deed.UNACKNOWLEDGE: "unacknowledged"}.get(deed, "resolved")
        owner = self.scene.theirs if state is State.FOREIGN else self.scene.ours
        key = alert_key("https://bell.example", owner.team.slug, self.scene.number(state))
        secret = secret_of(half.team, "PagerDuty") if who is not Who.FORGED else "another secret that signs it"
        at = _minutes_before(at, who, 73 * 60)
        call = calling.pagerduty_event(self._hook(half, "pagerduty"), event, key, at, secret)
        return lambda: _of_chat(call.by(Client()))

    def _mail(self, deed: Deed, state: State, who: Who) -> Way:
        person = self._people()[who]
        until = self.scene.now + (timedelta(seconds=-1) if who is Who.LATE else KEPT_FOR)
        path = address_of(Asked("ops", self.scene.number(state), person.email, str(deed), until))
        path = path.removeprefix("https://bell.example")
        if who is Who.FORGED:
            path = f"{path[:-3]}{'AA' if path[-3:-1] != 'AA' else 'BB'}/"
        return lambda: _of_mail(Client().post(path, {"reason": REASON}))

    def _caller(self, who: Who) -> tuple[Half, str, datetime]:
        """By whose means, in which person's name, and when."""
        half = self.scene.theirs if who is Who.OUTSIDER else self.scene.ours
        names = {Who.UNLINKED: "stranger", Who.VIEWER: "viewer", Who.OUTSIDER: "outsider"}
        return half, names.get(who, "member"), self.scene.now

    def _hook(self, half: Half, place: str) -> str:
        integration = half.places[place]
        return f"/hooks/{integration.kind}/{hook_secret(integration)}/"

    def _words(self, deed: Deed, state: State) -> str:
        more = {Deed.ASSIGN: "member@example.com", Deed.NOTE: NOTE, Deed.CLOSE: REASON, Deed.MUTE: "1h"}
        return f"{WORDS[deed]} {self.scene.number(state)} {more.get(deed, '')}"


def _logged_in(person: User) -> str:
    """The session of somebody who has logged in."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _fields(person: User) -> dict[str, str]:
    return {"to": person.email, "text": NOTE, "reason": REASON}


def _minutes_before(at: datetime, who: Who, minutes: int) -> datetime:
    return at - timedelta(minutes=minutes) if who is Who.LATE else at


def _of_page(answer: Any) -> Sort:
    if answer.status_code == 302 and "/login/" in answer.headers["Location"]:
        return Sort.LOGIN
    if answer.status_code != 302:
        return _of_status(answer)
    words = " ".join(str(each) for each in get_messages(answer.wsgi_request))
    if "not possible as it stands now" in words:
        return Sort.NOT_NOW
    if "can no longer change" in words or "is cleared, nothing changed" in words:
        return Sort.OVER
    if re.search(r"already|was not acknowledged", words):
        return Sort.ALREADY
    return Sort.UNKNOWN if "here is no" in words else Sort.DONE


def _of_api(answer: Any) -> Sort:
    return Sort.DONE if answer.status_code in (200, 201) else _of_status(answer)


def _of_mail(answer: Any) -> Sort:
    words = unescape(answer.content.decode())
    if answer.status_code == 410:
        return Sort.EXPIRED if "too old" in words else Sort.UNKNOWN
    if answer.status_code != 200:
        return _of_status(answer)
    return Sort.ALREADY if "already" in words else Sort.DONE


def _of_chat(answer: Any) -> Sort:
    if answer.status_code in (202, 204):
        assert answer.content == b""
        return Sort.TAKEN
    return _of_words(answer.content.decode()) if answer.status_code == 200 else _of_status(answer)


def _of_words(words: str) -> Sort:
    for sort, pattern in _SAID:
        if re.search(pattern, words):
            return sort
    raise AssertionError(f"an answer of no known sort: {words}")


def _of_status(answer: Any) -> Sort:
    """422 and 400 are what forms and the API say of a test that there is not."""
    known = {401: Sort.NO_PROOF, 403: Sort.REFUSED, 404: Sort.UNKNOWN, 409: Sort.OVER}
    known |= {400: Sort.UNKNOWN, 422: Sort.UNKNOWN}
    assert answer.status_code in known, f"{answer.status_code}: {answer.content[:300]!r}"
    return known[answer.status_code]
