from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0002_same_team"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(condition=models.Q(("cleared_at", None)), fields=["rule"], name="alert_open_of_rule"),
        ),
        migrations.AddIndex(
            model_name="alertrule",
            index=models.Index(
                condition=models.Q(("archived_at", None)), fields=["team", "name", "id"], name="rule_by_name"
            ),
        ),
    ]
