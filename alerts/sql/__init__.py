"""Plain SQL where the ORM's cost is the limit. Everything here works on SQLite and PostgreSQL alike."""

from alerts.sql.course import (
    add_alerts,
    add_events,
    lock_open_alerts,
    read_rules,
    read_tests,
    take_numbers,
    update_alerts,
)
from alerts.sql.measurements import Spot, SpotKey, add_series, find_spots, put_measurements, values_between
from alerts.sql.states import StateRow, hold_intake, hold_rules, lock_states, rules_as_told, update_states

__all__ = [
    "Spot",
    "SpotKey",
    "StateRow",
    "add_alerts",
    "add_events",
    "add_series",
    "find_spots",
    "hold_intake",
    "hold_rules",
    "lock_open_alerts",
    "lock_states",
    "put_measurements",
    "read_rules",
    "read_tests",
    "rules_as_told",
    "take_numbers",
    "update_alerts",
    "update_states",
    "values_between",
]
