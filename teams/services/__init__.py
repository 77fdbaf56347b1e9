from teams.services.keys import create_api_key, revoke_api_key
from teams.services.people import add_member, add_person, change_role, remove_member
from teams.services.teams import change_team, create_team

__all__ = [
    "add_member",
    "add_person",
    "change_role",
    "change_team",
    "create_api_key",
    "create_team",
    "remove_member",
    "revoke_api_key",
]
