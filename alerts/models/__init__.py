from alerts.models.alert import Alert, AlertNumber, AlertQuerySet, ClearedReason
from alerts.models.event import AlertEvent, Announce, EventType
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
    "Condition",
    "EventType",
    "Measurement",
    "RuleIntegration",
    "RuleQuerySet",
    "RuleState",
    "RuleTest",
    "Series",
    "Test",
    "TestQuerySet",
]
