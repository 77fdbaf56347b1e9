"""Feeds the demo team for ever, as any client would."""

import os
import select
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from demo import credentials, feed
from demo.client import Client, Refused


class Command(BaseCommand):
    help = "Posts the demo's measurements through the API, and breaks and heals a test about every minute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where Bellhop answers")

    def handle(self, *args: Any, **options: Any) -> None:
        login = credentials.load()
        if login is None:
            raise CommandError("There is no demo team here: make run makes one.")
        client = Client(options["url"], login.api_key)
        tick = 0
        while rest(until_next_tick(time.time())):
            try:
                client.measure(list(feed.points(tick, datetime.now(UTC))))
            except Refused as refused:
                self.stderr.write(f"demo feed: {refused}")
            tick += 1


def until_next_tick(now: float) -> float:
    """Seconds to one second past the next full ten, so that every round gets its points."""
    return feed.TICK - (now - 1) % feed.TICK


def rest(seconds: float) -> bool:
    """Sleep; False as soon as the process that started us is gone."""
    lifeline = os.environ.get("BELLHOP_LIFELINE_FD", "")
    if not lifeline:
        time.sleep(seconds)
        return True
    return not select.select([int(lifeline)], [], [], seconds)[0]
