from teams.models.apikey import ApiKey
from teams.models.audit import AuditEntry
from teams.models.counter import Counter
from teams.models.team import Membership, Role, Team
from teams.models.timer import Timer
from teams.models.user import User

__all__ = ["ApiKey", "AuditEntry", "Counter", "Membership", "Role", "Team", "Timer", "User"]
