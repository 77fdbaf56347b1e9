from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("teams", "0003_invitation")]

    operations = [
        migrations.AddIndex(model_name="auditentry", index=models.Index(fields=["at"], name="audit_by_age")),
    ]
