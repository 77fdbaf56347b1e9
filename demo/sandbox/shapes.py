"""Small checks of JSON shapes that the look-alikes share. A check raises `Malformed` and else returns nothing."""

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit


class Malformed(Exception):
    """What is wrong, with the place: "blocks[2].text is longer than 3000"."""


def an_object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"{place} must be an object")
    return value


def a_list(value: Any, place: str, most: int, least: int = 0) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed(f"{place} must be a list")
    if not least <= len(value) <= most:
        raise Malformed(f"{place} must have {least} to {most} items, not {len(value)}")
    return value


def a_text(value: Any, place: str, most: int, least: int = 0) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{place} must be a string")
    if not least <= len(value) <= most:
        raise Malformed(f"{place} must have {least} to {most} characters, not {len(value)}")
    return value


def a_flag(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise Malformed(f"{place} must be true or false")
    return value


def one_of(value: Any, place: str, words: Collection[str]) -> str:
    if not isinstance(value, str) or value not in words:
        raise Malformed(f"{place} must be one of {', '.join(words)}")
    return value


def an_address(value: Any, place: str, most: int = 3000) -> str:
    text = a_text(value, place, most, 1)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or " " in text:
        raise Malformed(f"{place} must be an http or https address")
    return text


def known_keys(value: dict[str, Any], place: str, required: Collection[str], optional: Collection[str]) -> None:
    missing = [key for key in required if key not in value]
    unknown = [key for key in value if key not in required and key not in optional]
    if missing:
        raise Malformed(f"{place} lacks {', '.join(missing)}")
    if unknown:
        raise Malformed(f"{place} has unknown {', '.join(unknown)}")
