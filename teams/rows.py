"""Rows that a plain statement selected, as model instances: the ORM's fields and converters without its compiler."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)
_Converter = Callable[[Any, Any, Any], Any]


class Rows(Generic[Row]):
    """All columns of `model`, selected as `columns` from the table under the name `alias`."""

    def __init__(self, model: type[Row], alias: str) -> None:
        self.table = model._meta.db_table
        self._model = model
        self._names = [field.attname for field in model._meta.concrete_fields]
        self.columns = ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)
        self.width = len(self._names)

    def read(self, values: Sequence[Any]) -> Row:
        """The instance whose columns are the first `width` of `values`."""
        own = list(values[: self.width])
        for place, column, converters in _converters(self._model, connection.vendor):
            for convert in converters:
                own[place] = convert(own[place], column, connection)
        return self._model.from_db(connection.alias, self._names, own)


@lru_cache(maxsize=64)
def _converters(model: type[models.Model], vendor: str) -> list[tuple[int, Any, list[_Converter]]]:
    """For each column that is not stored as it is read: its place, itself, what to apply in turn."""
    found = []
    for place, field in enumerate(model._meta.concrete_fields):
        column: Any = field.get_col(model._meta.db_table)
        converters = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        if converters:
            found.append((place, column, converters))
    return found
