from django.db import migrations, models
from django.db.models import Max


def mark_what_is_condensed(apps, schema_editor):
    newest = apps.get_model("alerts", "Measurement").objects.aggregate(found=Max("id"))["found"]
    apps.get_model("alerts", "CondensedUntil").objects.update(newest=newest or 0)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0007_when_it_was_ticked")]

    operations = [
        migrations.AddField(
            model_name="condenseduntil",
            name="newest",
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunPython(mark_what_is_condensed, migrations.RunPython.noop),
    ]
