from alerts.models.alert import Alert, AlertNumber, AlertQuerySet, ClearedReason
from alerts.models.escalation import EscalationStep, StepIntegration
from alerts.models.event import AlertEvent, Announce, EventType
from alerts.models.extremes import CondensedUntil, Extremes
from alerts.models.measurement import Measurement, Series
from alerts.models.quiet import MaintenanceWindow, Mute, WindowTest
from alerts.models.rule import AlertRule, Condition, RuleGroup, RuleIntegration, RuleQuerySet, RuleTest
from alerts.models.state import RuleState
from alerts.models.test import Test, TestQuerySet

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertNumber",
    "AlertQuerySet",
    "AlertRule",
    "Announce",
    "ClearedReason",
    "CondensedUntil",
    "Condition",
    "EscalationStep",
    "EventType",
    "Extremes",
    "MaintenanceWindow",
    "Measurement",
    "Mute",
    "RuleGroup",
    "RuleIntegration",
    "RuleQuerySet",
    "RuleState",
    "RuleTest",
    "Series",
    "StepIntegration",
    "Test",
    "TestQuerySet",
    "WindowTest",
]
