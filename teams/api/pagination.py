from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

DEFAULT_SIZE, LARGEST_SIZE = 100, 1000


class Pages(CursorPagination):
    """`{"results": [...], "next": URL or null, "previous": URL or null}`, 100 a page (`?page_size=` up to 1,000).

    Rows that are added meanwhile shift nothing. A view may name its `ordering` (one unique, non-null field of its
    queryset); else the newest come first.
    """

    page_size = DEFAULT_SIZE
    max_page_size = LARGEST_SIZE
    page_size_query_param = "page_size"
    ordering = "-pk"

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        ordering: str = getattr(view, "ordering", None) or self.ordering
        return (ordering,)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        name = self.get_ordering(request, queryset, view)[0].removeprefix("-")
        meta = queryset.model._meta
        field = meta.pk if name == "pk" else meta.get_field(name)
        try:
            cursor = self.decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                field.to_python(cursor.position)
        except (NotFound, DjangoValidationError):
            raise ValidationError({"cursor": ["This is no cursor of this list; follow its `next`."]}) from None
        return super().paginate_queryset(queryset, request, view)

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get("page_size")
        if text is None:
            return DEFAULT_SIZE
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= LARGEST_SIZE):
            raise ValidationError({"page_size": [f"This must be a whole number from 1 to {LARGEST_SIZE}."]})
        return int(text)

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})
