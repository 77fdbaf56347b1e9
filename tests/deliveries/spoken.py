"""All that messages can say: the texts in the code that are marked to be translated, and those of reasons."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from alerts.lifecycle import DRILL_OVER
from channels_app.advice import ADVICE
from channels_app.speech import CATALOGUES
from deliveries.sentences import WHY

ROOT = Path(__file__).parents[2]
PLACES = ("channels_app", "integrations", "deliveries")
FORMS = {"mark": 1, "say": 1, "many": 2}

Text = str | tuple[str, ...]  # one, or the forms for one and for many


def marked() -> set[Text]:
    """Every text that stands in `mark`, `say` or `many`."""
    files = (path for place in PLACES for path in (ROOT / place).rglob("*.py"))
    return {text for path in files for text in _in_code(ast.parse(path.read_text()))}


def spoken() -> set[Text]:
    """The same with the sentences that pages share with messages."""
    return marked() | {*WHY.values(), *ADVICE.values(), DRILL_OVER}


def catalogue(language: str) -> dict[Text, tuple[str, ...]]:
    """The forms of each text, without what is marked as unsure."""
    sure = (each for each in _read(language) if each.id and not each.fuzzy)
    return {_text(each.id): _forms(each.string) for each in sure}


def count_of_forms(language: str) -> int:
    """How many forms a text with a number has."""
    return _read(language).num_plurals


def _read(language: str) -> Catalog:
    with (CATALOGUES / f"{language}.po").open("rb") as source:
        return read_po(source, abort_invalid=True)


def _text(of: Any) -> Text:
    return of if isinstance(of, str) else tuple(of)


def _forms(of: Any) -> tuple[str, ...]:
    return (of,) if isinstance(of, str) else tuple(of)


def _in_code(tree: ast.AST) -> Iterator[Text]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = str(getattr(call.func, "attr", "") or getattr(call.func, "id", ""))
        given = call.args[: FORMS.get(name, 0)]
        texts = tuple(each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str))
        if texts:
            yield texts[0] if len(texts) == 1 else texts
