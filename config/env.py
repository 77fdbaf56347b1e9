"""The environment, read so that a malformed value is noted and named by a system check instead of a stack trace."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}
MOST_DAYS = 100_000


class Environment(environ.Env):  # type: ignore[misc]
    """`malformed` maps the name of each variable that could not be read to what is wrong; its default holds instead.

    The texts never repeat the value: it may hold a password.
    """

    def __init__(self) -> None:
        super().__init__()
        self.malformed: dict[str, str] = {}

    def days(self, var: str, default: int) -> int:
        """A whole number of days that the calendar has room for; 0 stands for ever."""
        words = f"a whole number of days up to {MOST_DAYS}, or 0 for ever"
        return int(self._number(var, default, int, words, above=-1, below=MOST_DAYS + 1))

    def int(self, var: str, default: int) -> int:
        return int(self._number(var, default, int, "a whole number above 0"))

    def float(self, var: str, default: float) -> float:
        return float(self._number(var, default, float, "a number above 0"))

    def list(self, var: str, default: list[str]) -> list[str]:
        """Separated by commas; white space around the items does not count."""
        text: str | None = self.str(var, default=None)
        return default if text is None else [item.strip() for item in text.split(",") if item.strip()]

    def db_url(self, var: str, default: str) -> dict[str, Any]:
        fallback: dict[str, Any] = self.db_url_config(default)
        try:
            found: dict[str, Any] = super().db_url(var, default=default)
        except (ImproperlyConfigured, ValueError, KeyError):
            found = {}
        if found.get("ENGINE") in ENGINES and found.get("NAME"):
            return found
        self.malformed[var] = "is no address of a database: write sqlite:///PATH or postgres://USER:PASSWORD@HOST/NAME"
        return fallback

    def email_url(self, var: str, default: str) -> dict[str, Any]:
        fallback: dict[str, Any] = self.email_url_config(default)
        try:
            found: dict[str, Any] = super().email_url(var, default=default)
        except (ImproperlyConfigured, ValueError):
            known = ", ".join(self.EMAIL_SCHEMES)
            self.malformed[var] = f"is no address of a mail server: write smtp://HOST:25; the known schemes are {known}"
            return fallback
        return found

    def _number(self, var: str, default: Any, kind: Any, words: str, above: Any = 0, below: Any = 2**53) -> Any:
        text: str | None = self.str(var, default=None)
        try:
            value = default if text is None else kind(text)
        except ValueError:
            value = -1
        if above < value < below:
            return value
        self.malformed[var] = f"must be {words}"
        return default


def host_of(url: str) -> str:
    """The host name in a URL; empty if there is none to be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def data_dir(path: str) -> Path:
    """The data directory, made if it is not there. Ends the process with one sentence if that cannot be."""
    directory = Path(path).resolve()
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        (directory / ".writable").touch()
        (directory / ".writable").unlink(missing_ok=True)
    except OSError as error:
        raise SystemExit(f"BELLHOP_DATA_DIR: {directory} cannot be written to ({error.strerror}).") from None
    return directory
