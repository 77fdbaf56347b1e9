from django.db import migrations

from teams.guards import SameTeam


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]

    operations = [
        SameTeam("integrations_integration", "fallback_id", "integrations_integration"),
        SameTeam("integrations_groupmember", "group_id", "integrations_group"),
        SameTeam("integrations_groupmember", "integration_id", "integrations_integration"),
    ]
