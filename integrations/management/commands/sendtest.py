from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations import services
from integrations.models import Integration
from teams.access import Actor
from teams.errors import TooOften


class Command(BaseCommand):
    help = "Post a marked test message to an integration and show what its destination answered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("integration_id", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        pk = options["integration_id"]
        integration = Integration.objects.filter(pk=pk, archived_at=None).select_related("team").first()
        if integration is None:
            raise CommandError(f"There is no integration {pk}.")
        try:
            result = services.test_saved(Actor.system(integration.team, via="command"), integration, timezone.now())
        except TooOften as refusal:
            raise CommandError(refusal.message) from None
        text = f"{integration}: status {result.status}: {result.detail}"
        if not result.ok:
            raise CommandError(text)
        self.stdout.write(text)
