"""The auditor's turn by hand."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from deliveries.auditing import undecided
from deliveries.auditing.turn import look
from deliveries.auditing.words import SENTENCES


class Command(BaseCommand):
    help = "Looks for promises that are not kept, mends what can be mended, and says what was found."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--hours", type=int, default=0, help="look once more at the alert events of so many hours back"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["hours"] > 0:
            undecided.look_again(_hours_ago(options["hours"], now))
        results = {kind: found for kind, found in look(now).items() if found.found}
        for kind, found in results.items():
            examples = ", ".join(map(str, found.examples))
            self.stdout.write(f"{SENTENCES[kind]}: {found.found}, mended {found.repaired} ({examples})")
        if not results:
            self.stdout.write("All promises are kept.")


def _hours_ago(hours: int, now: datetime) -> datetime:
    try:
        return now - timedelta(hours=hours)
    except OverflowError:
        raise CommandError("--hours: the calendar does not go back so far.") from None
