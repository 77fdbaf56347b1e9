"""A clock that is wrong by as many seconds as a file says, and can jump while the process runs."""

import datetime as module
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Self

LONGEST = 64  # bytes, more than any number of seconds has


def follow(file: Path) -> None:
    """Shift `time.time` and `datetime.now` from now on. Who imported them by name before keeps the true ones."""
    handle = os.open(file, os.O_RDONLY)
    true_time = time.time

    def shifted() -> float:
        return true_time() + float(os.pread(handle, LONGEST, 0) or 0)

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

        def __subclasscheck__(cls, kind: type) -> bool:
            return issubclass(kind, datetime)

    class Shifted(datetime, metaclass=Kind):
        """Stands for `datetime`; what it makes are true ones."""

        def __new__(cls, *words: Any, **named: Any) -> Self:
            return datetime(*words, **named)  # type: ignore[return-value]  # noqa: DTZ001 - as the caller says

        @classmethod
        def now(cls, tz: module.tzinfo | None = None) -> Any:
            return datetime.fromtimestamp(shifted(), tz)

    time.time = shifted
    vars(module)["datetime"] = Shifted
