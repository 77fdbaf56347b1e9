"""Feeds a recorded series, timestamp and value a line, through the API."""

import csv
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from demo import credentials
from demo.client import Client, Refused

BATCH = 5_000
WIDTH = 30


@dataclass(frozen=True)
class Point:
    at: datetime
    value: float


class Command(BaseCommand):
    help = "Posts the rows of a CSV file with the columns timestamp and value as measurements of one test and metric."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--test", required=True, metavar="SLUG")
        parser.add_argument("--metric", required=True, metavar="NAME")
        parser.add_argument("--source", default="replay", help="where it was measured from (default: replay)")
        parser.add_argument("--speed", type=float, metavar="N", help="N times as fast as recorded (default: at once)")
        parser.add_argument("--notify", choices=("auto", "always", "never"), default="auto", help="tell of old events?")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where Bellhop answers")
        parser.add_argument("--key", help="an API key (default: BELLHOP_API_KEY, or the demo's)")

    def handle(self, *args: Any, **options: Any) -> None:
        points = read(options["file"])
        client = Client(options["url"], key_of(options))
        done = accepted = 0
        for batch in paced(points, options["speed"]):
            items = [self._item(point, options) for point in batch]
            try:
                answer = client.measure(items, options["notify"])
            except Refused as refused:
                raise CommandError(f"Stopped after {done} of {len(points)} points. {refused}") from refused
            done, accepted = done + len(batch), accepted + int(answer["accepted"])
            show(sys.stderr, done, len(points))
            for item in answer["rejected"]:
                self.stderr.write(f"\nrefused: {items[item['index']]}: {item['errors']}")
        self.stdout.write(f"{accepted} of {len(points)} points accepted.")

    def _item(self, point: Point, options: dict[str, Any]) -> dict[str, Any]:
        named = {key: options[key] for key in ("test", "metric", "source")}
        return {**named, "observed_at": point.at.isoformat(), "value": point.value}


def key_of(options: dict[str, Any]) -> str:
    login = credentials.load()
    key = options["key"] or os.environ.get("BELLHOP_API_KEY") or (login.api_key if login else "")
    if not key:
        raise CommandError("An API key is needed: --key, or BELLHOP_API_KEY (manage.py createapikey makes one).")
    return str(key)


def read(path: Path) -> list[Point]:
    """The points in the file's order; an error names the line."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if not {"timestamp", "value"} <= set(rows.fieldnames or ()):
                raise CommandError(f"{path} must have a first line that names the columns timestamp and value.")
            return [point(row, path, number) for number, row in enumerate(rows, start=2)]
    except OSError as error:
        raise CommandError(f"Cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not UTF-8 text.") from error


def point(row: dict[str, str], path: Path, line: int) -> Point:
    try:
        at = datetime.fromisoformat(row["timestamp"])
        return Point(at if at.tzinfo else at.replace(tzinfo=UTC), float(row["value"]))
    except (ValueError, TypeError):
        text = f"{row['timestamp']},{row['value']}"
        raise CommandError(f"{path}, line {line}: {text!r} is not a time and a number.") from None


def paced(points: list[Point], speed: float | None) -> Iterator[list[Point]]:
    """Batches: all at once without a speed, else the points whose time has come."""
    if speed is None or speed <= 0:
        yield from (points[start : start + BATCH] for start in range(0, len(points), BATCH))
        return
    began, batch = time.monotonic(), list[Point]()
    for one in points:
        wait = began + (one.at - points[0].at).total_seconds() / speed - time.monotonic()
        if batch and (wait > 0 or len(batch) == BATCH):
            yield batch
            batch = []
        time.sleep(max(0.0, wait))
        batch.append(one)
    if batch:
        yield batch


def show(stream: TextIO, done: int, total: int) -> None:
    """A bar that is redrawn in place, or a line a batch where nobody watches."""
    filled = WIDTH * done // max(1, total)
    bar = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{total}"
    stream.write(f"\r{bar}" + ("\n" if done >= total else "") if stream.isatty() else f"{bar}\n")
    stream.flush()
