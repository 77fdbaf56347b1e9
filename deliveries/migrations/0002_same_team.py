from django.db import migrations

from teams.guards import SameTeam


class Migration(migrations.Migration):
    dependencies = [("deliveries", "0001_initial")]

    operations = [
        SameTeam("deliveries_delivery", "alert_id", "alerts_alert"),
        SameTeam("deliveries_delivery", "event_id", "alerts_alertevent"),
        SameTeam("deliveries_delivery", "integration_id", "integrations_integration"),
        SameTeam("deliveries_delivery", "stands_in_for_id", "integrations_integration"),
        SameTeam("deliveries_outage", "integration_id", "integrations_integration"),
        SameTeam("deliveries_lasttold", "rule_id", "alerts_alertrule"),
        SameTeam("deliveries_lasttold", "integration_id", "integrations_integration"),
        SameTeam("deliveries_drill", "rule_id", "alerts_alertrule"),
        SameTeam("deliveries_messageref", "alert_id", "alerts_alert"),
        SameTeam("deliveries_messageref", "integration_id", "integrations_integration"),
    ]
