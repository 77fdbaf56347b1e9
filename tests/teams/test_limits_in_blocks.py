"""A limit that is counted in blocks holds over all processes, as one counted each time does."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from teams.allowances import CallLimit
from teams.models import Counter
from teams.rates import Rate
from tests.conftest import NOW

PROCESS = """
import sys, django
from datetime import datetime
name, now = sys.argv[1], datetime.fromisoformat(sys.argv[2])
from django.conf import settings
django.setup()
settings.DATABASES["default"]["NAME"] = name
from teams.allowances import CallLimit
from teams.rates import Rate
limit = CallLimit()
print(sum(limit.take("k", Rate(1000, 60), now) for _ in range(900)))
"""


@pytest.mark.django_db
def test_alone_it_gives_exactly_the_limit(now: datetime) -> None:
    limit, rate = CallLimit(), Rate(500, 60)

    assert [limit.take("k", rate, now) for _ in range(510)] == [True] * 500 + [False] * 10


class OverSomeProcesses(TestCase):
    """A block limit each, taking turns."""

    @given(st.integers(1, 2000), st.lists(st.integers(0, 3), min_size=1, max_size=300), st.integers(1, 20))
    def test_the_limit_is_never_passed_and_hardly_missed(self, most: int, turns: list[int], repeated: int) -> None:
        Counter.objects.all().delete()
        processes, rate = [CallLimit() for _ in range(4)], Rate(most, 60)

        asked = [turn for turn in turns for _ in range(repeated)]
        given_out = sum(processes[turn].take("k", rate, NOW) for turn in asked)

        assert given_out <= most
        assert given_out >= min(len(asked), most - 3 * max(1, most // 100))


@pytest.mark.django_db
def test_far_from_the_limit_few_calls_are_written(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    limit, rate = CallLimit(), Rate(6000, 60)

    with django_assert_num_queries(10):  # 60 at once
        assert all(limit.take("k", rate, now) for _ in range(600))


@pytest.mark.django_db
def test_what_was_reserved_ends_with_its_window_and_its_rate(now: datetime) -> None:
    limit, rate = CallLimit(), Rate(1000, 60)
    taken = [limit.take("k", rate, now) for _ in range(5)]

    later = [limit.take("k", rate, now + timedelta(minutes=1)) for _ in range(1001)]
    changed = [limit.take("k", Rate(3, 60), now) for _ in range(2)]

    assert all(taken)
    assert later == [True] * 1000 + [False]
    assert changed == [False, False]  # ten were counted in that window


@pytest.mark.django_db(transaction=True)
def test_racing_threads_of_one_process_share_its_blocks(now: datetime) -> None:
    limit, rate, together = CallLimit(), Rate(300, 3600), threading.Barrier(4)

    def take(_: int) -> int:
        together.wait()
        try:
            return sum(limit.take("race", rate, now) for _ in range(150))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, range(4))) == 300


@pytest.mark.promise
@pytest.mark.django_db(transaction=True)
def test_two_processes_share_one_limit(now: datetime) -> None:
    name = str(settings.DATABASES["default"]["NAME"])
    command = [sys.executable, "-c", PROCESS, name, now.isoformat()]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=settings.BASE_DIR) for _ in range(2)]

    counts = [int(each.communicate(timeout=120)[0]) for each in both]

    assert 1000 - 10 <= sum(counts) <= 1000
    assert all(count > 0 for count in counts)
