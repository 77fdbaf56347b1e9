"""Every error of the API as RFC 9457 problem details, with `errors`: field -> list of texts."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, JsonResponse
from django.utils.encoding import force_str
from rest_framework.exceptions import APIException, Throttled, UnsupportedMediaType, ValidationError
from rest_framework.response import Response
from rest_framework.views import set_rollback

from teams.api.parsing import BodyTooLarge
from teams.errors import Conflict, TooMuch, TooOften

MEDIA_TYPE = "application/problem+json"
WHOLE = "non_field_errors"
TRY_AGAIN_SECONDS = 5
Errors = dict[str, list[str]]

log = logging.getLogger(__name__)


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; None lets the error become a 500."""
    answer = _answer(exc)
    if answer is None:
        return None
    status, detail, errors = answer
    set_rollback()
    return Response(body(status, detail, errors), status=status, headers=_headers(exc), content_type=MEDIA_TYPE)


def body(status: int, detail: str, errors: Errors | None = None) -> dict[str, Any]:
    """The members of a problem."""
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return {**problem, "errors": errors} if errors is not None else problem


def response(status: int, detail: str) -> JsonResponse:
    """A problem for places outside of DRF's views."""
    return JsonResponse(body(status, detail), status=status, content_type=MEDIA_TYPE)


def flat(detail: Any) -> Errors:
    """Errors of any nesting as top field -> texts; a text about something within starts with its path,
    `conditions[1].threshold: ...`."""
    if not isinstance(detail, dict):
        return {WHOLE: list(_texts(detail, ""))}
    return {_field(name): list(_texts(value, str(name), top=True)) for name, value in detail.items()}


def _answer(exc: Exception) -> tuple[int, str, Errors | None] | None:
    match exc:
        case Conflict():
            return 409, exc.message, None
        case TooOften():
            return 429, exc.message, None
        case TooMuch():
            return 413, exc.message, None
        case DjangoValidationError():
            return _refused(exc.message_dict if hasattr(exc, "error_dict") else exc.messages)
        case ValidationError():
            return _refused(exc.detail)
        case Http404():
            return 404, "There is no such thing in this team.", None
        case PermissionDenied():
            return 403, str(exc) or "This is not allowed.", None
        case RequestDataTooBig():
            return _answer(BodyTooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
        case Throttled():
            return 429, f"Too many requests for this API key. Try again in {_wait(exc)} s.", None
        case UnsupportedMediaType():
            return 415, f"{exc.detail} Send application/json.", None
        case OperationalError() | InterfaceError():
            return _without_database(exc)
        case APIException():
            return exc.status_code, force_str(exc.detail), None
    return None


def _without_database(exc: Exception) -> tuple[int, str, None]:
    """The database is away, too busy or full: no fault of the call, which may come again as it is."""
    full = database_is_full(exc)
    log.warning("a call was refused: %s", "the database is full" if full else "the database does not answer")
    if full:
        return 507, "There is no room left to store anything. Nothing was stored; try again later.", None
    return 503, "The database does not answer in time. Try again.", None


def database_is_full(exc: Exception) -> bool:
    """Whether the database failed for lack of space, in its engine's own words."""
    cause = exc.__cause__
    return getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL" or getattr(cause, "sqlstate", "") == "53100"


def _refused(detail: Any) -> tuple[int, str, Errors]:
    errors = flat(detail)
    return 400, "; ".join(f"{name}: {texts[0]}" for name, texts in errors.items() if texts), errors


def _texts(detail: Any, path: str, top: bool = False) -> Iterator[str]:
    if isinstance(detail, dict):
        for name, value in detail.items():
            yield from _texts(value, _below(path, name))
    elif isinstance(detail, list | tuple):
        for index, item in enumerate(detail):
            yield from _texts(item, _below(path, index) if isinstance(item, dict) else path, top)
    else:
        yield str(detail) if top or not path else f"{path}: {detail}"


def _below(path: str, name: Any) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    return path if name in (NON_FIELD_ERRORS, WHOLE) else f"{path}.{name}".lstrip(".")


def _field(name: Any) -> str:
    return WHOLE if name == NON_FIELD_ERRORS else str(name)


def _wait(exc: Throttled | TooOften) -> int:
    return int(getattr(exc, "wait", None) or 1)


def _headers(exc: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(exc, Throttled | TooOften):
        headers["Retry-After"] = str(_wait(exc))
    if isinstance(exc, OperationalError | InterfaceError):
        headers["Retry-After"] = str(TRY_AGAIN_SECONDS)
    return headers
