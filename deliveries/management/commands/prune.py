"""Lets go what is old, all of it at once, or says what would go."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from deliveries.pruning import STOCKS, rested
from teams.retention import Gone, Stock, prune, survey

LEAST_DAYS = 2  # a delivery may wait for a day


class Command(BaseCommand):
    help = (
        "Deletes rows that are older than the BELLHOP_KEEP_..._DAYS settings say, in small batches that block nobody. "
        "May be stopped between two batches with Ctrl-C, and run beside everything else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and change nothing")
        parser.add_argument("--older-than", type=int, metavar="DAYS", help="instead of what the settings say")
        names = [stock.name for stock in STOCKS]
        parser.add_argument("--only", action="append", choices=names, metavar="STOCK", help=", ".join(names))

    def handle(self, *args: Any, **options: Any) -> None:
        days: int | None = options["older_than"]
        if days is not None and days < LEAST_DAYS:
            raise CommandError(f"--older-than: at least {LEAST_DAYS} days, since deliveries may wait for one.")
        now = timezone.now()
        chosen = None if days is None else _days_ago(days, now)
        try:
            for stock in STOCKS:
                if not options["only"] or stock.name in options["only"]:
                    self._end(stock, chosen or stock.before(now), options["dry_run"])
        except KeyboardInterrupt:
            raise CommandError("Stopped between two batches: what went is gone, and nothing is half done.") from None

    def _end(self, stock: Stock, before: datetime | None, dry_run: bool) -> None:
        if before is None:
            self.stdout.write(f"{stock.name}: kept for ever")
            return
        latest = Gone()
        try:
            for gone in self._batches(stock, before, dry_run):
                latest = gone
        finally:
            self.stdout.write(said(stock, before, latest, "would go" if dry_run else "went"))

    def _batches(self, stock: Stock, before: datetime, dry_run: bool) -> Iterator[Gone]:
        return survey(stock, before) if dry_run else rested(prune(stock, before))


def _days_ago(days: int, now: datetime) -> datetime:
    try:
        return now - timedelta(days=days)
    except OverflowError:
        raise CommandError("--older-than: the calendar does not go back so far.") from None


def said(stock: Stock, before: datetime, gone: Gone, verb: str) -> str:
    """One line on a stock: `alerts before 2026-01-31: 3 alerts, 7 alert events went, the oldest of ..., in 0.2 s`."""
    rows = ", ".join(f"{count:,} {table}" for table, count in gone.rows.items()) or "nothing"
    oldest = f", the oldest of {gone.oldest:%Y-%m-%d %H:%M}" if gone.oldest else ""
    return f"{stock.name} before {before:%Y-%m-%d %H:%M} UTC: {rows} {verb}{oldest}, in {gone.seconds:.1f} s"
