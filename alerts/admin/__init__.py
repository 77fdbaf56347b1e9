from alerts.admin.alerts import AlertAdmin
from alerts.admin.maintenance import WindowAdmin
from alerts.admin.mutes import MuteAdmin
from alerts.admin.rules import RuleAdmin
from alerts.admin.tests import TestAdmin

__all__ = ["AlertAdmin", "MuteAdmin", "RuleAdmin", "TestAdmin", "WindowAdmin"]
