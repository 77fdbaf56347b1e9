"""What each way to act must give: for each deed, by whomever, in each state of the alert. Every cell stands here.

The tests play all of it through the real doors, and docs/two-way-table.md is written from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product

from channels_app.hearing import Trust
from deliveries.hearing.commands import Verb


class Deed(StrEnum):
    """What people do to an alert; a mute is of its test."""

    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    ASSIGN = "assign"
    NOTE = "note"
    CLOSE = "close"
    MUTE = "mute"


class State(StrEnum):
    """How the alert is that is meant, as seen from the team and from the place where somebody acts."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"
    ELSEWHERE = "triggered, told elsewhere only"
    FOREIGN = "another team's"
    UNKNOWN = "no such number"


class Who(StrEnum):
    """Who acts, or what is wrong with the call."""

    LINKED = "a member who is known there"
    UNLINKED = "somebody who is not known there"
    VIEWER = "a viewer who is known there"
    OUTSIDER = "somebody of another team, by that team's own means"
    FORGED = "a forged call"
    REPLAYED = "the same call once more"
    LATE = "a call that comes too late"


class Sort(StrEnum):
    """The sort of answer."""

    DONE = "done"
    ALREADY = "it was so already"
    OVER = "the alert is over"
    REFUSED = "refused, with the reason"
    UNKNOWN = "there is no such alert"
    NOT_NOW = "not possible as it stands now"
    LOGIN = "the login form"
    LINK = "how to link"
    NO_PROOF = "401"
    EXPIRED = "too old to be done"
    TAKEN = "taken, and nothing said"


@dataclass(frozen=True, slots=True)
class Given:
    """What a call must give. `records`: the event's type, "muted", or empty where nothing changes.

    `by` is who the timeline says it was, `via` by which way; both empty where nothing is recorded.
    """

    sort: Sort
    records: str = ""
    by: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class Never:
    """A cell that there cannot be, and why."""

    why: str


class ByState(StrEnum):
    """Answers that follow from how the alert is."""

    FIRST = "first"
    AGAIN = "again"


Verdict = Sort | Never | ByState
MUTED = "muted"
OWN = "by their own means it is their own alert"
FIRST, AGAIN = ByState.FIRST, ByState.AGAIN

# The event that each deed records in each state; what is not here finds it so already.
_RECORDS: Mapping[tuple[Deed, State], str] = {
    **{
        (deed, state): event
        for state in (State.TRIGGERED, State.ACKNOWLEDGED)
        for deed, event in (
            (Deed.ASSIGN, "assigned"),
            (Deed.NOTE, "noted"),
            (Deed.CLOSE, "cleared"),
        )
    },
    (Deed.ACKNOWLEDGE, State.TRIGGERED): "acknowledged",
    (Deed.UNACKNOWLEDGE, State.ACKNOWLEDGED): "unacknowledged",
}
_NOT_THEIRS = frozenset((State.FOREIGN, State.UNKNOWN))
# What nobody does: it happens by measurement or by time.
BY_ITSELF = frozenset(("recover", "change_severity", "lose_data", "remind", "escalate"))
EVENTS_BY_ITSELF = frozenset(("triggered", "severity_changed", "no_data", "reminded", "escalated"))
VERBS: Mapping[Verb, Deed] = {
    Verb.ACK: Deed.ACKNOWLEDGE,
    Verb.UNACK: Deed.UNACKNOWLEDGE,
    Verb.ASSIGN: Deed.ASSIGN,
    Verb.NOTE: Deed.NOTE,
    Verb.CLOSE: Deed.CLOSE,
    Verb.MUTE: Deed.MUTE,
}
# What can be said that does nothing to an alert, or ends what a deed began.
OTHER_VERBS = frozenset((Verb.LIST, Verb.WHO, Verb.HELP, Verb.LINK, Verb.UNLINK, Verb.UNMUTE))


@dataclass(frozen=True, slots=True)
class Surface:
    """A way to act. `kind` and `door` are those of a hook, `trust` is whose word counts there.

    `never` are the deeds that it does not offer, and why. `people` says what each gets; FIRST: as the alert is, AGAIN:
    as it is after that deed. `refused` are deeds that are refused to whomever is heard there. `tells` says how a
    surface shows a sort of answer that it has no words for. `listens`: it finds only what was told there. `names_team`:
    its addresses are of one team, whoever uses them. `looks_first`: it looks for the alert before it asks who may act.
    """

    name: str
    via: str
    by: str
    people: Mapping[Who, Verdict]
    kind: str = ""
    door: str = ""
    trust: Trust | None = None
    never: Mapping[Deed, str] = field(default_factory=dict)
    refused: frozenset[Deed] = frozenset()
    listens: bool = True
    names_team: bool = False
    looks_first: bool = False
    tells: Mapping[tuple[Deed, Sort], Sort] = field(default_factory=dict)

    def given(self, deed: Deed, state: State, who: Who) -> Given | Never:
        """The cell."""
        if deed in self.never:
            return Never(self.never[deed])
        verdict = self.people[who]
        if isinstance(verdict, Never):
            return verdict
        if (who, state) == (Who.OUTSIDER, State.FOREIGN) and not self.names_team:
            return Never(OWN)
        if verdict in (FIRST, Sort.UNKNOWN) and deed in self.refused:
            return Given(Sort.REFUSED)
        if isinstance(verdict, Sort):
            missed = self.looks_first and verdict is Sort.REFUSED and who is Who.VIEWER and state in _NOT_THEIRS
            return Given(Sort.UNKNOWN if missed else verdict)
        found = self._by_state(deed, state, verdict is AGAIN)
        return Given(self.tells.get((deed, found.sort), found.sort), found.records, found.by, found.via)

    def _by_state(self, deed: Deed, state: State, again: bool) -> Given:
        if state in _NOT_THEIRS or (state is State.ELSEWHERE and self.listens):
            return Given(Sort.UNKNOWN)
        if deed is Deed.MUTE:
            return Given(Sort.DONE, MUTED, self.by)
        state = State.TRIGGERED if state is State.ELSEWHERE else state
        if state is State.CLEARED or (again and deed is Deed.CLOSE):
            return Given(Sort.OVER)
        event = None if again else _RECORDS.get((deed, state))
        return Given(Sort.DONE, event, self.by, self.via) if event else Given(Sort.ALREADY)


_NOT_AGED = Never("a call of a person who is logged in, or of a key, has no age")
_MANY = "the list acts on alerts; its tests are muted on their own page"
_ADMIN = "mutes begin on the pages, by the API and in chats; the admin only ends them"
_NO_BUTTON = "messages have no such button; the command does it"
_NO_LINK = "mails have no such link"
_NO_EVENT = "PagerDuty tells of no such thing"
_NOBODY_KNOWN = Never("a room without proof knows nobody")
_SLACK: Mapping[Who, Verdict] = {
    Who.LINKED: FIRST,
    Who.UNLINKED: Sort.LINK,
    Who.VIEWER: Sort.REFUSED,
    Who.OUTSIDER: Sort.UNKNOWN,
    Who.FORGED: Sort.NO_PROOF,
    Who.REPLAYED: Sort.NO_PROOF,
    Who.LATE: Sort.NO_PROOF,
}
_ROOM: Mapping[Who, Verdict] = {
    Who.LINKED: _NOBODY_KNOWN,
    Who.UNLINKED: FIRST,
    Who.VIEWER: _NOBODY_KNOWN,
    Who.OUTSIDER: Sort.UNKNOWN,
    Who.FORGED: Sort.NO_PROOF,
    Who.REPLAYED: Sort.TAKEN,
    Who.LATE: Sort.EXPIRED,
}
_PAGE: Mapping[Who, Verdict] = {
    Who.LINKED: FIRST,
    Who.UNLINKED: Sort.LOGIN,
    Who.VIEWER: Sort.REFUSED,
    Who.OUTSIDER: Sort.UNKNOWN,
    Who.FORGED: Sort.REFUSED,
    Who.REPLAYED: AGAIN,
    Who.LATE: _NOT_AGED,
}
SAID = "Somebody (said in room Ops as @Ann)"
SURFACES = (
    Surface("the alert's page", "page", "Member", _PAGE, listens=False, names_team=True),
    Surface("the list of alerts", "page", "Member", _PAGE, listens=False, names_team=True, never={Deed.MUTE: _MANY}),
    Surface(
        "the API",
        "api",
        "API key programs",
        {**_PAGE, Who.UNLINKED: Sort.NO_PROOF, Who.FORGED: Sort.NO_PROOF},
        listens=False,
        # The answer is the alert as it is then.
        tells={(deed, Sort.ALREADY): Sort.DONE for deed in Deed},
    ),
    Surface(
        "the admin",
        "admin",
        "Member",
        _PAGE,
        listens=False,
        looks_first=True,
        never={Deed.MUTE: _ADMIN},
        tells={
            **{(deed, Sort.OVER): Sort.NOT_NOW for deed in Deed},
            **{(deed, Sort.ALREADY): Sort.NOT_NOW for deed in (Deed.ACKNOWLEDGE, Deed.UNACKNOWLEDGE)},
            **{(deed, Sort.ALREADY): Sort.DONE for deed in (Deed.ASSIGN, Deed.NOTE)},
        },
    ),
    Surface(
        "a button in Slack",
        "slack",
        "Member",
        _SLACK,
        kind="slack",
        door="actions",
        trust=Trust.PEOPLE,
        never=dict.fromkeys((Deed.NOTE, Deed.MUTE), _NO_BUTTON),
    ),
    Surface("/bellhop in Slack", "slack", "Member", _SLACK, kind="slack", door="commands", trust=Trust.PEOPLE),
    Surface(
        "a HipChat room that may only ask",
        "hipchat",
        SAID,
        _ROOM,
        kind="hipchat",
        trust=Trust.READING,
        refused=frozenset(Deed),
    ),
    Surface(
        "a HipChat room that may acknowledge",
        "hipchat",
        SAID,
        _ROOM,
        kind="hipchat",
        trust=Trust.ACKNOWLEDGING,
        refused=frozenset(Deed) - {Deed.ACKNOWLEDGE},
    ),
    Surface("a HipChat room that may act", "hipchat", SAID, _ROOM, kind="hipchat", trust=Trust.ANYONE),
    Surface(
        "a HipChat room with JWT",
        "hipchat",
        "Member",
        {**_SLACK, Who.REPLAYED: Sort.TAKEN},
        kind="hipchat",
        trust=Trust.PEOPLE,
    ),
    Surface(
        "PagerDuty",
        "pagerduty",
        "Ann Duty (PagerDuty)",
        {
            Who.LINKED: Never("PagerDuty's word counts; nobody is linked"),
            Who.UNLINKED: FIRST,
            Who.VIEWER: Never("PagerDuty's word counts; nobody is linked"),
            Who.OUTSIDER: Sort.TAKEN,
            Who.FORGED: Sort.NO_PROOF,
            Who.REPLAYED: Sort.TAKEN,
            Who.LATE: Sort.TAKEN,
        },
        kind="pagerduty",
        trust=Trust.SERVICE,
        never=dict.fromkeys((Deed.ASSIGN, Deed.NOTE, Deed.MUTE), _NO_EVENT),
        tells={(deed, sort): Sort.TAKEN for deed in Deed for sort in Sort},
    ),
    Surface(
        "a link in a mail",
        "mail",
        "Member (link sent to member@example.com)",
        {
            Who.LINKED: FIRST,
            Who.UNLINKED: Never("mails to others than members hold no links"),
            Who.VIEWER: Sort.REFUSED,
            Who.OUTSIDER: Sort.REFUSED,
            Who.FORGED: Sort.UNKNOWN,
            Who.REPLAYED: AGAIN,
            Who.LATE: Sort.EXPIRED,
        },
        listens=False,
        names_team=True,
        never=dict.fromkeys((Deed.UNACKNOWLEDGE, Deed.NOTE, Deed.MUTE), _NO_LINK),
    ),
)


def cells(surface: Surface) -> Iterator[tuple[Deed, State, Who, Given | Never]]:
    """All cells of a surface."""
    for deed, state, who in product(Deed, State, Who):
        yield deed, state, who, surface.given(deed, state, who)
