"""Where a page of the admin stands in the sidebar, and what the first page shows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from teams.access import Actor
from teams.models import Team

GROUPS = ("Alerting", "Telling", "Team", "Installation")


@dataclass(frozen=True, slots=True)
class Menu:
    """A line of the sidebar. `icon` is a Material Symbols name; lines of a group stand by `order`."""

    group: str
    title: str
    icon: str
    order: int = 50


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the first page, drawn by `template` with `context`."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OperatorsPage:
    """A page about the whole installation, below /admin/ at `route`, for superusers only."""

    route: str
    name: str
    menu: Menu
    view: Callable[[HttpRequest], HttpResponse]

    @property
    def url_name(self) -> str:
        return f"admin:{self.name}"


PanelMaker = Callable[[Team, Actor, datetime], Panel]
# For the page of one object; None where there is nothing to show.
BesideMaker = Callable[[Any, Actor, datetime], Panel | None]
