from django.db import migrations

from teams.guards import SameTeam


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial")]

    operations = [
        SameTeam("alerts_ruletest", "rule_id", "alerts_alertrule"),
        SameTeam("alerts_ruletest", "test_id", "alerts_test"),
        SameTeam("alerts_ruleintegration", "rule_id", "alerts_alertrule"),
        SameTeam("alerts_ruleintegration", "integration_id", "integrations_integration"),
        SameTeam("alerts_rulegroup", "rule_id", "alerts_alertrule"),
        SameTeam("alerts_rulegroup", "group_id", "integrations_group"),
        SameTeam("alerts_escalationstep", "rule_id", "alerts_alertrule"),
        SameTeam("alerts_stepintegration", "step_id", "alerts_escalationstep"),
        SameTeam("alerts_stepintegration", "integration_id", "integrations_integration"),
        SameTeam("alerts_mute", "rule_id", "alerts_alertrule"),
        SameTeam("alerts_mute", "test_id", "alerts_test"),
        SameTeam("alerts_windowtest", "window_id", "alerts_maintenancewindow"),
        SameTeam("alerts_windowtest", "test_id", "alerts_test"),
        SameTeam("alerts_alert", "rule_id", "alerts_alertrule"),
        SameTeam("alerts_alert", "test_id", "alerts_test"),
        SameTeam("alerts_alertevent", "alert_id", "alerts_alert"),
        SameTeam("alerts_alertevent", "origin_id", "integrations_integration"),
        SameTeam("alerts_series", "test_id", "alerts_test"),
    ]
