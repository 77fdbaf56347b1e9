"""Model instances made without what the ORM spends on each: of rows that a plain statement selected, or new ones."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Generic, TypeVar

import orjson
from django.db import connection, models
from django.db.models.base import ModelState

from teams.statements import stored_time

Row = TypeVar("Row", bound=models.Model)
_Converter = Callable[[Any, Any, Any], Any]
_Converters = list[tuple[str, Callable[[Any], Any]]]
_EMPTY: dict[str, Callable[[], Any]] = {"{}": dict, "[]": list}  # most stored JSON; needs no parser


class Rows(Generic[Row]):
    """The columns of `model`, selected as `columns` from the table under the name `alias`: all, or those of `names`.

    What is left out is loaded once it is asked for, one row at a time.
    """

    def __init__(self, model: type[Row], alias: str, names: Sequence[str] = ()) -> None:
        self.table = model._meta.db_table
        self._model = model
        fields = [model._meta.get_field(name) for name in names] or model._meta.concrete_fields
        self._fields: tuple[Any, ...] = tuple(fields)
        self._names = [field.attname for field in self._fields]
        self.columns = ", ".join(f"{alias}.{field.column}" for field in self._fields)
        self.width = len(self._names)
        self._known_converters: dict[str, _Converters] = {}

    def read(self, values: Sequence[Any]) -> Row:
        """The instance whose columns are the first `width` of `values`."""
        return self.read_all([values])[0]

    def read_all(self, rows: Iterable[Sequence[Any]]) -> list[Row]:
        """The same of each of many rows, at less cost."""
        model, names, alias = self._model, self._names, connection.alias
        converters = self._converters(connection.vendor)
        found = []
        for values in rows:
            own = dict(zip(names, values, strict=False))
            for name, convert in converters:
                own[name] = convert(own[name])
            row = _made(model, own)
            row._state.adding, row._state.db = False, alias
            found.append(row)
        return found

    def _converters(self, vendor: str) -> _Converters:
        """For each field that is not stored as it is read: its name, and what makes its value."""
        if vendor not in self._known_converters:
            made = ((field.attname, _converter(field)) for field in self._fields)
            self._known_converters[vendor] = [(name, convert) for name, convert in made if convert]
        return self._known_converters[vendor]


def fresh(model: type[Row], related: Mapping[str, models.Model | None], **values: Any) -> Row:
    """A new instance with the stored `values` and, by their fields' names, the `related` ones; else defaults."""
    constants, makers = _defaults(model)
    own = constants | values
    for name, make in makers:
        if name not in values:
            own[name] = make()
    row = _made(model, own)
    known = row._state.fields_cache
    for name, other in related.items():
        own[f"{name}_id"] = None if other is None else other.pk
        known[name] = other
    return row


def _made(model: type[Row], own: dict[str, Any]) -> Row:
    row = model.__new__(model)
    own["_state"] = ModelState()
    row.__dict__ = own
    return row


@lru_cache(maxsize=64)
def _defaults(model: type[models.Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """What each column holds that is not given: the same for all, or made for each."""
    fields: list[Any] = list(model._meta.concrete_fields)
    defaults = [(field.attname, field.default if field.has_default() else field.get_default()) for field in fields]
    constants = {name: default for name, default in defaults if not callable(default)}
    return constants, [(name, default) for name, default in defaults if callable(default)]


def _converter(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, models.DateTimeField):
        return lambda value: None if value is None else stored_time(value)
    column = field.get_col(field.model._meta.db_table)
    converters = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
    if not converters:
        return None
    usual = _all_of(converters, column)
    return partial(_json, usual) if isinstance(field, models.JSONField) and field.decoder is None else usual


def _json(usual: Callable[[Any], Any], value: Any) -> Any:
    if value in _EMPTY:
        return _EMPTY[value]()
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:  # half of a surrogate pair, NULL
        return usual(value)


def _all_of(converters: Sequence[_Converter], column: Any) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        for step in converters:
            value = step(value, column, connection)
        return value

    return convert
