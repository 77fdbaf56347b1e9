"""The declaration names all that can be done and every way to do it: what is new fails here until it is declared."""

import re
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

from alerts.models import EventType
from alerts.services.acting import ACTIONS
from alerts.transitions import Action
from channels_app import registry
from channels_app.hearing import Trust
from deliveries.hearing.commands import Verb
from tests.hearing import declared, document
from tests.hearing.declared import SURFACES, Deed, Given, Never, Sort, State, Who, cells

ROOT = Path(__file__).resolve().parents[2]
APPS = ("alerts", "channels_app", "config", "deliveries", "demo", "integrations", "teams")
# Where something is done to an alert, and by which of the surfaces.
CALLERS = {
    "alerts/views/acting.py": "the alert's page",
    "alerts/services/acting_on_many.py": "the list of alerts",
    "alerts/api/alerts.py": "the API",
    "alerts/admin/alerts.py": "the admin",
    "deliveries/hearing/deeds.py": "chats and PagerDuty",
    "deliveries/mail_actions.py": "a link in a mail",
    "alerts/services/acting.py": "all of them",
    "demo/seed.py": "nobody: what the demo begins with",
}
MUTERS = {
    "alerts/views/mutes.py": "the pages",
    "alerts/api/mutes.py": "the API",
    "deliveries/hearing/deeds.py": "chats",
}
_ACTS = re.compile(
    r"\blifecycle\.(?:acknowledge|unacknowledge|assign|note|close)\b|\bacting\.act\(|import act\b|import act,"
)
_MUTES = re.compile(r"\b(?:mutes|services)\.mute\(")
# The addresses at which something is done to an alert, by their names.
DOORS = {
    *(f"alert_{action}" for action in ACTIONS),
    *(f"alert-{action}" for action in ACTIONS),
    *(f"alerts_alert_{action}" for action in ACTIONS),
    "alerts_act",
    "mail_act",
    "hook",
}


def test_every_deed_is_declared() -> None:
    assert set(Deed) == {*ACTIONS, "mute"}
    assert {*Deed} - {Deed.MUTE} | declared.BY_ITSELF == set(Action)


def test_every_event_is_recorded_by_some_deed_or_by_itself() -> None:
    recorded = {
        given.records
        for surface in SURFACES
        for *_, given in cells(surface)
        if isinstance(given, Given) and given.records
    }
    assert recorded - {declared.MUTED} == set(EventType) - declared.EVENTS_BY_ITSELF


def test_every_word_that_can_be_said_is_declared() -> None:
    assert set(declared.VERBS) | declared.OTHER_VERBS == set(Verb)
    assert set(declared.VERBS.values()) == set(Deed)


def test_every_kind_that_hears_is_declared_with_all_its_doors() -> None:
    hearing = {kind.spec.kind: kind.hear for kind in registry.kinds() if kind.hear}
    doors = {(name, door) for name, hear in hearing.items() for door in hear.doors or ("",)}
    assert {(surface.kind, surface.door) for surface in SURFACES if surface.kind} == doors


def test_every_sort_of_trust_is_declared() -> None:
    assert {surface.trust for surface in SURFACES if surface.trust} == set(Trust) - {Trust.NOBODY}


def test_nothing_else_in_the_code_does_anything_to_alerts() -> None:
    sources = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    acting = {str(path.relative_to(ROOT)) for path in sources if _ACTS.search(path.read_text())}
    muting = {str(path.relative_to(ROOT)) for path in sources if _MUTES.search(path.read_text())}
    assert acting == set(CALLERS)
    assert muting == set(MUTERS)


def test_no_other_address_does_what_a_deed_is_called() -> None:
    called = re.compile(rf"alert.*[_-](?:{'|'.join(ACTIONS)}|act)$|_act$|^hook")
    assert {name for name in _names(get_resolver()) if called.search(name)} == DOORS


def test_every_cell_says_something() -> None:
    for surface in SURFACES:
        found = list(cells(surface))
        assert len(found) == len(Deed) * len(State) * len(Who)
        for *_, given in found:
            assert given.why if isinstance(given, Never) else bool(given.records) == bool(given.by)


def test_every_sort_of_answer_is_given_somewhere() -> None:
    found = {given.sort for surface in SURFACES for *_, given in cells(surface) if isinstance(given, Given)}
    assert found == set(Sort)


def test_the_page_about_it_is_that_of_the_table() -> None:
    assert document.PAGE.read_text() == document.page(), "python -m tests.hearing.document writes it anew"


def _names(resolver: URLResolver) -> set[str]:
    found: set[str] = set()
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            found.add(each.name or "")
        else:
            found |= _names(each)
    return found
