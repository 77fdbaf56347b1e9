from teams.models.apikey import ApiKey
from teams.models.audit import AuditEntry
from teams.models.counter import Counter
from teams.models.invitation import Invitation
from teams.models.quota import DayUsage, Grant
from teams.models.team import Membership, Role, Team
from teams.models.timer import Timer
from teams.models.user import Theme, User

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Counter",
    "DayUsage",
    "Grant",
    "Invitation",
    "Membership",
    "Role",
    "Team",
    "Theme",
    "Timer",
    "User",
]
