from teams.services.invitations import accept_as_new, accept_invitation, invite, revoke_invitation
from teams.services.keys import create_api_key, revoke_api_key
from teams.services.me import change_password, change_profile, change_theme
from teams.services.people import change_role, leave_team, remove_member
from teams.services.teams import change_team, create_team

__all__ = [
    "accept_as_new",
    "accept_invitation",
    "change_password",
    "change_profile",
    "change_role",
    "change_team",
    "change_theme",
    "create_api_key",
    "create_team",
    "invite",
    "leave_team",
    "remove_member",
    "revoke_api_key",
    "revoke_invitation",
]
