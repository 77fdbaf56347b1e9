from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from teams.models import Role, Team
from teams.services import create_api_key
from teams.words import refusals


class Command(BaseCommand):
    help = "Make an API key for a team. The key is the last line of the output; it is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("team", metavar="TEAM_SLUG")
        parser.add_argument("--name", required=True, help="tells keys apart, such as the program that uses it")
        parser.add_argument("--role", default=Role.MEMBER.value, help=f"{', '.join(Role.values)} (default: member)")

    def handle(self, *args: Any, **options: Any) -> None:
        team = Team.objects.filter(slug=options["team"]).first()
        if team is None:
            raise CommandError(f"There is no team with the slug {options['team']!r}.")
        try:
            key, plain = create_api_key(None, team, options["name"], options["role"], None, timezone.now())
        except ValidationError as error:
            raise CommandError(refusals(error)) from None
        self.stderr.write(f"The API key {key.name} ({key.role}) of {team.name}; it is not shown again:")
        self.stdout.write(plain)
