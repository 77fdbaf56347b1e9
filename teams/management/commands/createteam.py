import getpass
import os
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from teams.models import User
from teams.services import create_team
from teams.words import refusals

HOW = "Set BELLHOP_PASSWORD, or run this at a terminal, which asks for it."


class Command(BaseCommand):
    help = "Found a team. Its slug is the last line of the output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--owner", metavar="EMAIL", required=True, help="becomes the team's admin")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = options["owner"]
        password = password_for(owner)
        try:
            team = create_team(options["name"], owner, password, timezone.now())
        except ValidationError as error:
            missing = not password and "password" in getattr(error, "error_dict", {})
            raise CommandError(f"{refusals(error)} {HOW}" if missing else refusals(error)) from None
        self.stderr.write(f"The team {team.name} is there; {owner} is its admin.")
        self.stdout.write(team.slug)


def password_for(email: str) -> str | None:
    """From BELLHOP_PASSWORD, else asked at a terminal; None if that person has one or nobody can be asked."""
    if User.objects.with_email(email).exists():
        return None
    if (password := os.environ.get("BELLHOP_PASSWORD")) or not sys.stdin.isatty():
        return password
    try:
        first, second = getpass.getpass(f"Password for {email}: "), getpass.getpass("Once more: ")
    except (EOFError, KeyboardInterrupt):
        raise CommandError(f"No password was given. {HOW}") from None
    if first != second:
        raise CommandError("The two passwords differ.")
    return first
