import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_alerts_are_listed_fast")]

    operations = [
        migrations.CreateModel(
            name="CondensedUntil",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("received_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Extremes",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("begin", models.BigIntegerField()),
                ("lowest", models.FloatField()),
                ("lowest_at", models.FloatField()),
                ("highest", models.FloatField()),
                ("highest_at", models.FloatField()),
                (
                    "series",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extremes",
                        to="alerts.series",
                    ),
                ),
            ],
            options={"verbose_name_plural": "extremes"},
        ),
        migrations.AddConstraint(
            model_name="extremes",
            constraint=models.UniqueConstraint(fields=("series", "begin"), name="extremes_once"),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["test", "started_at", "cleared_at"], name="alert_test_time"),
        ),
    ]
