"""All doors behind one facade, so that a sender drives them from one loop."""

from collections.abc import Callable
from functools import partial
from typing import Any

from channels_app.contract import AppriseCall, Call, HttpCall, MailCall, Outcome, Reply, Sending, TcpTalk
from channels_app.doors.apprise import apprise_pool
from channels_app.doors.files import connections
from channels_app.doors.guard import Policy, policy_from_settings
from channels_app.doors.http import FileLike, HttpDoor
from channels_app.doors.mail import mail_pool
from channels_app.doors.pool import Pool
from channels_app.doors.tcp import tcp_pool

Exchange = tuple[Call, Reply]


class Doors:
    """The only way out. One thread owns it; every `done` is told in that thread, from inside `pump`.

    More than `most` calls at once could not all be given a connection.
    """

    def __init__(self, policy: Policy) -> None:
        self.most = connections()
        self._http = HttpDoor(policy)
        self._pools: dict[type[Call], Pool[Any]] = {
            MailCall: mail_pool(policy.total_seconds),
            TcpTalk: tcp_pool(policy),
            AppriseCall: apprise_pool(policy),
        }
        for pool in self._pools.values():
            self._http.watch(pool.file)

    @property
    def in_flight(self) -> int:
        """Calls that were started and not told yet."""
        return self._http.in_flight + sum(pool.in_flight for pool in self._pools.values())

    def start(self, call: Call, done: Callable[[Reply], None]) -> None:
        """Take `call`. It never raises for what the call holds: errors come as replies."""
        if isinstance(call, HttpCall):
            self._http.start(call, done)
        else:
            self._pools[type(call)].start(call, done)

    def pump(self, timeout: float) -> None:
        """One turn: wait at most `timeout` seconds for an answer or a watched file, then tell what is done."""
        self._http.pump(timeout)
        for pool in self._pools.values():
            pool.collect()

    def watch(self, file: FileLike) -> None:
        """Let `file` end a `pump` when it is readable; the caller reads it."""
        self._http.watch(file)

    def unwatch(self, file: FileLike) -> None:
        """Stop watching `file`."""
        self._http.unwatch(file)

    def close(self) -> None:
        """Drop what is under way; nothing is told any more."""
        self._http.close()
        for pool in self._pools.values():
            pool.close()


def carry(call: Call, doors: Doors | None = None) -> Reply:
    """One call, waited for. Without `doors` it opens its own, by the operator's settings, and closes them."""
    if doors is None:
        own = Doors(policy_from_settings())
        try:
            return carry(call, own)
        finally:
            own.close()
    replies: list[Reply] = []
    doors.start(call, replies.append)
    while not replies:
        doors.pump(1.0)
    return replies[0]


def run(sending: Sending, doors: Doors | None = None) -> tuple[Outcome, list[Exchange]]:
    """A whole sending, waited for: its outcome, and every call with the reply it got."""
    if doors is None:
        own = Doors(policy_from_settings())
        try:
            return run(sending, own)
        finally:
            own.close()
    exchanges: list[Exchange] = []
    step = partial(next, sending)
    while True:
        try:
            call = step()
        except StopIteration as ended:
            return ended.value, exchanges
        reply = carry(call, doors)
        exchanges.append((call, reply))
        step = partial(sending.send, reply)
