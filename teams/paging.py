"""Long lists a page at a time: as quick on the last page as on the first, and steady while rows come and go."""

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


def behind(known: QuerySet[Any], last: int | None, field: str) -> Q:
    """What keeps the rows behind the row with the id `last`, in the order of `field` ("-at": newest first), then id.

    `known` are the rows that may be named, all of one team: of any other the place in the order would tell something.
    Everything is kept where `last` is none of them.
    """
    name, beyond = field.removeprefix("-"), "lt" if field.startswith("-") else "gt"
    mark = known.filter(pk=last).values_list(name, flat=True).first() if last else None
    if mark is None:
        return Q()
    # The first condition says nothing new, but leads the database into its index.
    return Q(**{f"{name}__{beyond}e": mark}) & (
        Q(**{f"{name}__{beyond}": mark}) | Q(**{name: mark, f"pk__{beyond}": last})
    )


def cut(rows: QuerySet[Row], size: int) -> tuple[list[Row], int | None]:
    """The first `size` rows, and the id of the last of them where more follow."""
    found = list(rows[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None
