from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations import vault


class Command(BaseCommand):
    help = "Seal the settings of every integration with the first key of BELLHOP_ENCRYPTION_KEYS. May run under load."

    def handle(self, *args: Any, **options: Any) -> None:
        result = vault.rotate()
        self.stdout.write(f"{result.resealed} sealed anew, {result.current} had the first key already.")
        if result.unreadable:
            names = ", ".join(f"{row.pk} “{row.name}” of team {row.team.slug}" for row in result.unreadable)
            raise CommandError(f"No key opens the settings of: {names}. Keep the old keys until these are readable.")
        self.stdout.write("The other keys can be removed once every process runs with the first key in its place.")
