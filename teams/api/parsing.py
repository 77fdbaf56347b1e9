"""Request bodies: one JSON object, read strictly, so that nothing is guessed and nothing is half understood."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

CHUNK = 64 * 1024
# A client still sending its body often misses the answer, so a body somewhat too large is read and dropped first.
DROP_AT_MOST = 256 * 1024 * 1024


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The body is larger than {limit:,} bytes, the most that one call may carry. Send several calls."
        )


class StrictJSONParser(BaseParser):
    """A JSON object in UTF-8. Refused: duplicate names, half surrogate pairs, anything but an object.

    NaN and Infinity are read as floats, so that the item that holds one can be refused by itself.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return parse_object(_read(stream, _declared_length(parser_context)))


def _declared_length(parser_context: Mapping[str, Any] | None) -> int:
    request = (parser_context or {}).get("request")
    return int(request.META.get("CONTENT_LENGTH") or 0) if request is not None else 0


def _read(stream: IO[Any], declared: int) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body: bytes = b"" if declared > limit else stream.read(limit + 1)
    if declared > limit or len(body) > limit:
        drop(stream)
        raise BodyTooLarge(limit)
    return body


def drop(stream: Any, at_most: int = DROP_AT_MOST) -> None:
    """Read what is left of a body, up to `at_most` bytes: with a part unread the server cuts the connection in silence.

    A client that kept it would lose its next call.
    """
    dropped = 0
    with suppress(OSError):
        while dropped < at_most and (chunk := stream.read(CHUNK)):
            dropped += len(chunk)


def parse_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object. Raises ParseError that says where and why."""
    try:
        value = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_unique)
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        _refuse(f"The body is not UTF-8: byte {error.start} cannot be read.")
    except UnicodeEncodeError:
        _refuse("The body holds half of a surrogate pair (\\ud800 to \\udfff), which stands for no character.")
    except json.JSONDecodeError as error:
        _refuse(f"The body is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}.")
    except RecursionError:
        _refuse("The body is nested too deeply.")
    except ValueError as error:
        _refuse(f"The body cannot be read: {error}")
    if not isinstance(value, dict):
        _refuse(f"The body must be a JSON object, not {_name(value)}.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f'the name "{twice[:60]}" stands twice in one object.')
    return found


def _name(value: object) -> str:
    names = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false"}
    return names.get(type(value), "null")


def _refuse(text: str) -> NoReturn:
    raise ParseError(text) from None
