"""`make bench`: measures a real `manage.py up` on SQLite and, where there is one, on PostgreSQL, then the pages.

`python -m bench [alerts] [acting] [pages] [peers]`; `acting` is what people do in Slack, and `peers` puts Debian's
prometheus-alertmanager beside `alerts` on the same receivers. Bellhop, the receivers, the peer and this client share
the machine, so figures are what they leave each other, and only ratios of one run count. BELLHOP_TEST_POSTGRES names a
server, or the usual places are asked.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from bench import acting, alertmanager, contest, pages
from bench.table import Row, markdown
from tests.servers.databases import postgres_database
from tools.services import CANDIDATES, postgres_answers

POSTGRES = CANDIDATES["BELLHOP_TEST_POSTGRES"]


def main() -> None:
    """Measure what was asked for; all but peers where nothing was."""
    asked = sys.argv[1:] or ["alerts", "acting", "pages"]
    if "peers" in asked and not alertmanager.installed():
        sys.exit(f"{alertmanager.PROGRAM} is not installed. On Debian: apt-get install {alertmanager.PROGRAM}")
    if {"alerts", "peers"} & set(asked):
        tables(lambda folder, database: contest.rows(folder, database, "peers" in asked, say))
    if "acting" in asked:
        tables(lambda folder, database: acting.rows(folder, database, say))
    if "pages" in asked:
        for name, database in _databases():
            pages.main(name, database)


def tables(measure: Callable[[Path, str], Iterable[Row]]) -> None:
    """The table of each engine. `measure` is given an empty folder, and the engine's address."""
    for name, database in _databases():
        with tempfile.TemporaryDirectory() as folder:
            rows = list(measure(Path(folder), database))
        load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
        title = f"{name}, {os.cpu_count()} cores shared by all, load {load}, Python {sys.version.split()[0]}"
        sys.stdout.write(f"\n{markdown(title, rows)}")
        sys.stdout.flush()


def _databases() -> Iterator[tuple[str, str]]:
    """Name and address of each engine; SQLite's is empty."""
    yield "SQLite", ""
    places = [os.environ["BELLHOP_TEST_POSTGRES"]] if "BELLHOP_TEST_POSTGRES" in os.environ else POSTGRES
    server = next(filter(postgres_answers, places), None)
    if server is None:
        say("no PostgreSQL answers (BELLHOP_TEST_POSTGRES names one): it is not measured")
        return
    with ExitStack() as stack:
        yield "PostgreSQL", stack.enter_context(postgres_database(server))


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
