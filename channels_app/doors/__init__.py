"""The doors: the only code that opens a connection to a destination."""

from channels_app.doors.guard import Policy, policy_from_settings
from channels_app.doors.house import Doors, Exchange, carry, run

__all__ = ["Doors", "Exchange", "Policy", "carry", "policy_from_settings", "run"]
