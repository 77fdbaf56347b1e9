"""Model instances made without what the ORM spends on each: of rows that a plain statement selected, or new ones."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState

from teams.statements import stored_time

Row = TypeVar("Row", bound=models.Model)
_Converter = Callable[[Any, Any, Any], Any]
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

    def read(self, values: Sequence[Any]) -> Row:
        """The instance whose columns are the first `width` of `values`."""
        own = dict(zip(self._names, values, strict=False))
        for name, convert in _converters(self._fields, connection.vendor):
            own[name] = convert(own[name])
        row = _made(self._model, own)
        row._state.adding, row._state.db = False, connection.alias
        return row


def fresh(model: type[Row], related: Mapping[str, models.Model | None], **values: Any) -> Row:
    """A new instance with the stored `values` and, by their fields' names, the `related` ones; else defaults."""
    own = {name: value() if callable(value) else value for name, value in _defaults(model) if name not in values}
    row = _made(model, own | values)
    for name, other in related.items():
        row.__dict__[f"{name}_id"] = None if other is None else other.pk
        row._state.fields_cache[name] = other
    return row


def _made(model: type[Row], own: dict[str, Any]) -> Row:
    row = model.__new__(model)
    row._state = ModelState()
    row.__dict__.update(own)
    return row


@lru_cache(maxsize=64)
def _defaults(model: type[models.Model]) -> list[tuple[str, Any]]:
    return [(field.attname, field.default if field.has_default() else field.get_default()) for field in _fields(model)]


def _fields(model: type[models.Model]) -> list[Any]:
    return list(model._meta.concrete_fields)


@lru_cache(maxsize=64)
def _converters(fields: tuple[Any, ...], vendor: str) -> list[tuple[str, Callable[[Any], Any]]]:
    """For each field that is not stored as it is read: its name, and what makes its value."""
    return [(field.attname, convert) for field in fields if (convert := _converter(field))]


def _converter(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, models.DateTimeField):
        return lambda value: None if value is None else stored_time(value)
    column = field.get_col(field.model._meta.db_table)
    converters = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
    if not converters:
        return None
    usual = _all_of(converters, column)
    if not isinstance(field, models.JSONField):
        return usual
    return lambda value: _EMPTY[value]() if value in _EMPTY else usual(value)


def _all_of(converters: Sequence[_Converter], column: Any) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        for step in converters:
            value = step(value, column, connection)
        return value

    return convert
