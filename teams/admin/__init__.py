from teams.admin.audit import AuditAdmin
from teams.admin.keys import ApiKeyAdmin
from teams.admin.people import MembershipAdmin
from teams.admin.quotas import GrantAdmin
from teams.admin.settings import TeamAdmin
from teams.admin.users import UserAdmin

__all__ = ["ApiKeyAdmin", "AuditAdmin", "GrantAdmin", "MembershipAdmin", "TeamAdmin", "UserAdmin"]
