import django.db.models.deletion
from django.db import migrations, models

from teams.guards import SameTeam


class Migration(migrations.Migration):
    dependencies = [
        ("deliveries", "0004_auditing"),
        ("integrations", "0003_fallback"),
    ]

    operations = [
        migrations.CreateModel(
            name="Outage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began_at", models.DateTimeField()),
                ("held_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(max_length=30)),
                ("words", models.CharField(blank=True, max_length=300)),
                ("begin_told_at", models.DateTimeField(blank=True, null=True)),
                ("end_told_at", models.DateTimeField(blank=True, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("told_through", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="stands_in_for",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="integrations.integration",
            ),
        ),
        migrations.AddField(
            model_name="lane",
            name="failing_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="lane",
            name="on_hold",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="lane",
            name="refusals",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="lane",
            name="refused_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="lane",
            index=models.Index(condition=models.Q(("on_hold", True)), fields=["integration"], name="lane_on_hold"),
        ),
        migrations.AddField(
            model_name="outage",
            name="integration",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="outages", to="integrations.integration"
            ),
        ),
        migrations.AddField(
            model_name="outage",
            name="team",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="teams.team"),
        ),
        migrations.AddIndex(
            model_name="outage",
            index=models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="outage_due"),
        ),
        migrations.AddIndex(
            model_name="outage",
            index=models.Index(fields=["integration", "-id"], name="outage_latest"),
        ),
        migrations.AddConstraint(
            model_name="outage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("integration",), name="outage_one_at_a_time"
            ),
        ),
        SameTeam("deliveries_delivery", "stands_in_for_id", "integrations_integration"),
        SameTeam("deliveries_outage", "integration_id", "integrations_integration"),
    ]
