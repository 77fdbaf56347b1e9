"""To how many places a rule's alerts would be told."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from channels_app.registry import UnknownKind
from integrations.models import Integration
from integrations.selectors import kind_of, settings_of
from integrations.vault import Unreadable


@dataclass(frozen=True, slots=True)
class Audience:
    """`places` hear of everything that opens; `hear_ends` of them hear of the end too."""

    places: int
    hear_ends: int

    def messages(self, opening: int, ends: int) -> int:
        """How many messages so many opening events and ends are."""
        return opening * self.places + ends * self.hear_ends


def audience_of(integrations: Iterable[Integration], recipients: Collection[str], on_clear: bool) -> Audience:
    """The audience of a rule; disabled integrations hear nothing, and those that track a state hear each end."""
    places = hear_ends = 0
    for row in integrations:
        if row.enabled and row.archived_at is None:
            count, tracks = _ways_of(row)
            places += count
            hear_ends += count if on_clear or tracks else 0
    people = len(set(recipients))
    return Audience(places + people, hear_ends + (people if on_clear else 0))


def _ways_of(row: Integration) -> tuple[int, bool]:
    """How many messages an event is to it, and whether it keeps track of a state."""
    try:
        spec = kind_of(row).spec
        count = len(spec.recipients(settings_of(row))) if spec.writes_to_people else 1
        return max(count, 1), spec.abilities.tracks_state
    except (UnknownKind, Unreadable):
        return 1, False
