
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0003_fallback'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='health',
            index=models.Index(condition=models.Q(('parked_at__isnull', False)), fields=['parked_at'], name='health_on_hold'),
        ),
    ]
