"""The admin's house rules; the only package that imports unfold.

`site`, and the base classes whose pages show one team's rows only, save through services and act by POST only.
"""

from teams.adminkit.deeds import Deed, action
from teams.adminkit.dress import dress
from teams.adminkit.filters import ScopedRelatedFilter
from teams.adminkit.forms import DeedForm, TeamForm, add_refusal
from teams.adminkit.menu import Menu, Panel
from teams.adminkit.options import TeamModelAdmin, TeamTabularInline
from teams.adminkit.saving import opened_for_another_team
from teams.adminkit.site import is_operator, site
from teams.adminkit.tenancy import actor_of, current_team, may
from teams.adminkit.widgets import TONES, EndlessPaginator, PossibleIds, display, many_of
from teams.errors import texts_of

__all__ = [
    "TONES",
    "Deed",
    "DeedForm",
    "EndlessPaginator",
    "Menu",
    "Panel",
    "PossibleIds",
    "ScopedRelatedFilter",
    "TeamForm",
    "TeamModelAdmin",
    "TeamTabularInline",
    "action",
    "actor_of",
    "add_refusal",
    "current_team",
    "display",
    "dress",
    "is_operator",
    "many_of",
    "may",
    "opened_for_another_team",
    "site",
    "texts_of",
]
