"""Who asks, and what they may: the member that somebody in a chat is, or the name given where nobody proves it."""

from dataclasses import dataclass
from datetime import datetime

from alerts.models import Alert
from channels_app.contract import Link
from channels_app.hearing import Answer, Heard, Person, Trust
from channels_app.registry import name_of
from channels_app.text import cut, line
from deliveries.hearing import people
from deliveries.hearing.commands import Verb
from deliveries.hearing.finding import Place, told_alerts
from teams.access import Actor, actor_for
from teams.models import Role, User

_ASKS = frozenset((Verb.LIST, Verb.WHO, Verb.HELP))
_ALLOWED: dict[Trust, frozenset[Verb]] = {
    Trust.READING: _ASKS,
    Trust.ACKNOWLEDGING: _ASKS | {Verb.ACK},
    Trust.ANYONE: frozenset(Verb) - {Verb.LINK, Verb.UNLINK},
    Trust.SERVICE: frozenset(Verb) - {Verb.LINK, Verb.UNLINK},
}
_ROLES: dict[Trust, Role] = {Trust.READING: Role.VIEWER}
NAME_LENGTH = 60
HOW_TO_LINK = "Open this link within ten minutes, logged in there. Nothing changed."
HOW_TO_LINK_ALOUD = "Open this link within ten minutes, logged in there, and say here what it shows. Nothing changed."


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that somebody asked, at a place. `actor` is None for people who are not linked with a member."""

    place: Place
    heard: Heard
    trust: Trust
    actor: Actor | None
    now: datetime

    @property
    def chat(self) -> str:
        """What the remote is called."""
        return name_of(self.place.through.kind)

    @property
    def who(self) -> str:
        """Who asks, for those who are there and know the room."""
        unproven = self.trust not in (Trust.PEOPLE, Trust.SERVICE)
        if self.actor is None or unproven:
            return f"@{_short(self.heard.person.name) or 'somebody'}"
        return self.actor.text

    def alert(self, number: int) -> Alert | None:
        """The team's alert with that number, if it was told here."""
        return told_alerts(self.place).filter(number=number).first() if number > 0 else None

    def user_of(self, person_id: str) -> User | None:
        """The member who is linked with another person of the same chat."""
        person = Person(self.heard.person.workspace, person_id, "")
        return people.identity_of(self.place.through, person) if self.trust is Trust.PEOPLE else None


def asked_by(place: Place, heard: Heard, trust: Trust, now: datetime) -> Asked:
    """What is heard, with who it is."""
    actor = _member(place, heard) if trust is Trust.PEOPLE else _stranger(place, heard, trust)
    return Asked(place, heard, trust, actor, now)


def refusal_of(asked: Asked, verb: Verb) -> Answer | None:
    """Why that cannot be asked there by this person; None where it can."""
    allowed = _ALLOWED.get(asked.trust)
    if allowed is not None and verb not in allowed:
        return Answer(_not_there(asked.trust, verb))
    if asked.actor is None and verb not in (Verb.HELP, Verb.LINK, Verb.UNLINK):
        return unlinked(asked)
    return None


def unlinked(asked: Asked) -> Answer:
    """How to say who one is."""
    address = people.offer(asked.place.through, asked.heard.person, asked.now)
    if not address:
        return Answer(f"Bellhop cannot know you by what {asked.chat} tells of you.")
    who = f"Bellhop does not know yet who you are in the team {asked.place.team.name}."
    how = HOW_TO_LINK_ALOUD if people.is_overheard(asked.place.through) else HOW_TO_LINK
    return Answer(f"{who} {how}", link=Link("This is me", address))


def _not_there(trust: Trust, verb: Verb) -> str:
    if verb in (Verb.LINK, Verb.UNLINK):
        return "Nobody proves here who they are, so that nobody can be linked."
    if trust is Trust.ACKNOWLEDGING:
        return "From here alerts can only be acknowledged; who edits the integration may allow more. Nothing changed."
    return "From here nothing can be changed; who edits the integration may allow it. Nothing changed."


def _member(place: Place, heard: Heard) -> Actor | None:
    """The linked member, as they are now; None where they are of the team no more."""
    user = people.identity_of(place.through, heard.person)
    actor = actor_for(user, place.team) if user is not None else None
    if actor is None:
        return None
    through = place.through
    return Actor(team=place.team, role=actor.role, user=actor.user, via=through.kind, origin=through.pk)


def _stranger(place: Place, heard: Heard, trust: Trust) -> Actor:
    """Who proves nothing acts as nobody's user, in the name that was given."""
    name, kind = _short(heard.person.name) or "somebody", place.through.kind
    room = _short(heard.place_name or heard.place)
    words = f"{name} ({name_of(kind)})" if trust is Trust.SERVICE else f"Somebody (said in room {room} as @{name})"
    return Actor(place.team, _ROLES.get(trust, Role.MEMBER), via=kind, words=words, origin=place.through.pk)


def _short(text: str) -> str:
    return cut(line(text), NAME_LENGTH)
