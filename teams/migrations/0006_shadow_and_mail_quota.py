
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0005_quotas'),
    ]

    operations = [
        migrations.AddField(
            model_name='team',
            name='mails_per_day',
            field=models.PositiveBigIntegerField(blank=True, help_text='Empty: what every team is granted.', null=True),
        ),
        migrations.AddField(
            model_name='team',
            name='shadow',
            field=models.BooleanField(default=False, help_text='Decide and log who would be told; send nothing.', verbose_name='shadow mode'),
        ),
    ]
