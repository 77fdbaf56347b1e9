from alerts.models.alert import Alert, AlertNumber, AlertQuerySet, ClearedReason
from alerts.models.event import AlertEvent, Announce, EventType
from alerts.models.extremes import CondensedUntil, Extremes
from alerts.models.measurement import Measurement, Series
from alerts.models.rule import AlertRule, Condition, RuleIntegration, RuleQuerySet, RuleTest
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
    "EventType",
    "Extremes",
    "Measurement",
    "RuleIntegration",
    "RuleQuerySet",
    "RuleState",
    "RuleTest",
    "Series",
    "Test",
    "TestQuerySet",
]
