import django.utils.timezone
from django.db import migrations, models

MODEL, NAME = "ruleintegration", "since"
# Without a default, so that SQLite adds the column instead of making the table anew, which would lose its triggers.
COLUMN = models.DateTimeField(null=True, editable=False)
FIELD = models.DateTimeField(default=django.utils.timezone.now, null=True, editable=False)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0006_notes_are_found_fast")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AddField(MODEL, NAME, COLUMN)],
            state_operations=[migrations.AddField(MODEL, NAME, FIELD)],
        )
    ]
