"""The one domain signal: what happened in the lives of alerts."""

from django.dispatch import Signal

# Sent by alerts.lifecycle alone, inside the transaction that writes the events: `events` (list of AlertEvent in the
# order of their ids, with alert, rule, test and team loaded) and `now`. Receivers are connected in deliveries.apps.
alert_events = Signal()

# Sent inside the transaction that changes a mute, the hours, the gap or the shadow mode of a rule: `team` and `now`.
quiet_changed = Signal()
