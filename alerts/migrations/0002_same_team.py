from django.db import migrations

from teams.guards import SameTeam


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial")]

    operations = [
        SameTeam("alerts_ruletest", "rule_id", "alerts_alertrule"),
        SameTeam("alerts_ruletest", "test_id", "alerts_test"),
        SameTeam("alerts_ruleintegration", "rule_id", "alerts_alertrule"),
        SameTeam("alerts_ruleintegration", "integration_id", "integrations_integration"),
        SameTeam("alerts_alert", "rule_id", "alerts_alertrule"),
        SameTeam("alerts_alert", "test_id", "alerts_test"),
        SameTeam("alerts_alertevent", "alert_id", "alerts_alert"),
        SameTeam("alerts_series", "test_id", "alerts_test"),
    ]
