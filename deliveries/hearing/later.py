"""Answers that take longer than the remote waits: the deed goes on in a thread, and its answer follows."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connection

from channels_app.contract import HttpCall
from channels_app.doors import carry
from channels_app.hearing import Answer, Heard
from deliveries.hearing.finding import Caller
from deliveries.hearing.obeying import FAILED

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 4  # each takes a connection to the database
MOST_WAITING = 64
CARRIERS = 16  # these wait for remotes, and hold up no deed
MOST_OF_ONE = 8  # answers of one team that are under way


def done_at_once(fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
    """What comes of the work, done where it is asked for."""
    done: Future[T] = Future()
    try:
        done.set_result(fn(*args, **kwargs))
    except Exception as failure:  # noqa: BLE001 - whoever asks for the result has it raised
        done.set_exception(failure)
    return done


class Turns:
    """Work that waits, by whose it is: each gets a turn, however much another brings."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Callable[[], None]]] = {}

    def put(self, whose: str, work: Callable[[], None]) -> None:
        with self._lock:
            self._waiting.setdefault(whose, deque()).append(work)

    def take(self) -> Callable[[], None]:
        """What is next; there must be something."""
        with self._lock:
            whose = next(iter(self._waiting))
            queue = self._waiting.pop(whose)
            work = queue.popleft()
            if queue:
                self._waiting[whose] = queue  # behind all others
        return work


class Workers(ThreadPoolExecutor):
    """Threads that give their connection back after each piece of work. What is too much is done by who brings it.

    The first argument of the work says whose it is, where that is a caller; teams take turns.
    """

    def __init__(self) -> None:
        super().__init__(THREADS, "hearing")
        self._places = threading.BoundedSemaphore(MOST_WAITING)
        self._turns = Turns()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        if not self._places.acquire(blocking=False):
            return done_at_once(fn, *args, **kwargs)
        done: Future[T] = Future()
        whose = args[0].teams if args and isinstance(args[0], Caller) else ""
        self._turns.put(whose, partial(self._work, done, partial(fn, *args, **kwargs)))
        super().submit(lambda: self._turns.take()())
        return done

    def _work(self, done: "Future[T]", work: Callable[[], T]) -> None:
        try:
            try:
                result = work()
            finally:
                connection.close()
                self._places.release()
        except BaseException as failure:  # noqa: BLE001 - whoever asks for the result has it raised
            done.set_exception(failure)
        else:
            done.set_result(result)


class UnderWay:
    """Answers that are being carried, by team: whoever has theirs go to a slow place leaves room for the others'."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_team: Counter[str] = Counter()

    def take(self, team: str) -> bool:
        """Whether there is room for one more."""
        with self._lock:
            free = self._by_team[team] < MOST_OF_ONE and self._by_team.total() < MOST_WAITING
            self._by_team[team] += free
        return free

    def give_back(self, team: str) -> None:
        with self._lock:
            self._by_team[team] -= 1
            self._by_team += Counter()  # forgets those that have none


workers: Executor = Workers()
carriers: Executor = ThreadPoolExecutor(CARRIERS, "answers")
under_way = UnderWay()


def tell(caller: Caller, heard: Heard, answer: Answer) -> None:
    """Say it afterwards, in a thread, where the remote takes answers afterwards. What is too much is left unsaid."""
    call = caller.hear.later(answer, heard, caller.settings) if heard.reply_to else None
    if call is None:
        return
    kind, team = caller.kind.spec.kind, caller.teams
    if under_way.take(team):
        carriers.submit(_carry, kind, call).add_done_callback(lambda _: under_way.give_back(team))
    else:
        log.warning("an answer to %s was left out: too many of its team are under way", kind)


def tell_when_done(caller: Caller, heard: Heard, deed: "Future[Answer | None]") -> None:
    """Say what becomes of a deed that goes on: that it failed, too."""

    def say(done: "Future[Answer | None]") -> None:
        failure = done.exception()
        if failure is not None:
            log.error("what was heard from %s failed (%s)", caller.kind.spec.kind, type(failure).__name__)
        answer = FAILED if failure is not None else done.result()
        if answer is not None and must_be_told(heard, answer):
            tell(caller, heard, answer)

    deed.add_done_callback(say)


def must_be_told(heard: Heard, answer: Answer) -> bool:
    """What a press did shows in the message itself; anything else does not."""
    return heard.heeds_answer or not answer.done


def _carry(kind: str, call: HttpCall) -> None:
    """Once: what is late by minutes would puzzle more than it tells. The address is a secret, and not logged."""
    reply = carry(call)
    if reply.status is None or reply.status >= 300:
        log.warning("an answer to %s did not arrive (%s)", kind, reply.status or reply.error)
