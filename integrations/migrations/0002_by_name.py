from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="integration",
            index=models.Index(
                fields=["team", "name", "id"],
                condition=models.Q(archived_at=None, builtin=False),
                name="integration_by_name",
            ),
        ),
    ]
