from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_rules_at_a_glance")]

    operations = [
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("cleared_at", None)), fields=["team", "severity", "-number"], name="alert_open"
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                fields=[
                    *("team", "-number", "cleared_at", "started_at", "state", "severity", "rule", "test"),
                    *("assigned_to", "acknowledged_by", "acknowledged_at", "still_violated"),
                ],
                name="alert_list",
            ),
        ),
    ]
