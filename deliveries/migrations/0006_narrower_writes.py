"""Drops indexes that cost every write and that others begin with.

By name, and not by altering the fields: that would make SQLite write the tables anew, without their triggers.
"""

import django.db.models.deletion
from django.db import migrations, models

INDEXES = (
    ("deliveries_delivery_integration_id_8d5ccbb3", "deliveries_delivery", "integration_id"),
    ("deliveries_delivery_lane_id_18b4719c", "deliveries_delivery", "lane_id"),
    ("deliveries_delivery_replaced_by_id_ff3977bf", "deliveries_delivery", "replaced_by_id"),
    ("deliveries_delivery_resend_of_id_eef38d03", "deliveries_delivery", "resend_of_id"),
    ("deliveries_delivery_team_id_4b088b49", "deliveries_delivery", "team_id"),
    ("deliveries_dispatch_lane_id_052b8248", "deliveries_dispatch", "lane_id"),
    ("deliveries_dispatchitem_dispatch_id_0d24ef2e", "deliveries_dispatchitem", "dispatch_id"),
)


class Migration(migrations.Migration):
    dependencies = [("deliveries", "0005_holds")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(f"DROP INDEX {name}", f"CREATE INDEX {name} ON {table} ({column})")
                for name, table, column in INDEXES
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="delivery",
                    name="integration",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="integrations.integration",
                    ),
                ),
                migrations.AlterField(
                    model_name="delivery",
                    name="lane",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="deliveries.lane",
                    ),
                ),
                migrations.AlterField(
                    model_name="delivery",
                    name="replaced_by",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deliveries.delivery",
                    ),
                ),
                migrations.AlterField(
                    model_name="delivery",
                    name="resend_of",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resends",
                        to="deliveries.delivery",
                    ),
                ),
                migrations.AlterField(
                    model_name="delivery",
                    name="team",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="teams.team"
                    ),
                ),
                migrations.AlterField(
                    model_name="dispatch",
                    name="lane",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dispatches",
                        to="deliveries.lane",
                    ),
                ),
                migrations.AlterField(
                    model_name="dispatchitem",
                    name="dispatch",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="deliveries.dispatch",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("replaced_by", None), _negated=True),
                fields=["replaced_by"],
                name="delivery_replaced",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("resend_of", None), _negated=True), fields=["resend_of"], name="delivery_resent"
            ),
        ),
    ]
