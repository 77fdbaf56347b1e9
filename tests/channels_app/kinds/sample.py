"""The shape of what the tests know of a kind."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from tests.failings.rows import Fate
from tests.servers.http import Answer


@dataclass(frozen=True, slots=True)
class Sample:
    """`config` gives the values of its form that lead to a local server. `good` is its remote's yes, None where it
    does not speak HTTP. `secrets` stand in that config.

    `fates` are those of the rows of tests/failings/http.py (by name) in which it differs from what is usual.
    `plainer` says that it tries a refused message once more in a plainer form. `calls` are how many a message makes,
    by its name in tests/channels_app/samples.py, where it is not one. `remote` is a server that takes what it sends,
    for one that speaks neither HTTP nor SMTP: it has a `url`, and what it `received`.
    """

    config: Callable[[str], dict[str, Any]]
    good: Answer | None = None
    secrets: tuple[str, ...] = ()
    fates: Mapping[str, Fate] = field(default_factory=dict)
    plainer: bool = False
    calls: Mapping[str, int] = field(default_factory=dict)
    remote: Callable[[], AbstractContextManager[Any]] | None = None
