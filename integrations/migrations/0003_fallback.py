import django.db.models.deletion
from django.db import migrations, models

from teams.guards import SameTeam


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0002_by_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="integration",
            name="fallback",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="stood_in_for",
                to="integrations.integration",
            ),
        ),
        migrations.AddField(
            model_name="integration",
            name="hears_trouble_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="integration",
            constraint=models.UniqueConstraint(
                condition=models.Q(("hears_trouble_since__isnull", False)),
                fields=("team",),
                name="integration_one_hears_trouble",
            ),
        ),
        SameTeam("integrations_integration", "fallback_id", "integrations_integration"),
    ]
