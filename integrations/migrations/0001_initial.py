
import channels_app.words
import django.db.models.deletion
import django.utils.timezone
import integrations.models.telling
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('teams', '0006_shadow_and_mail_quota'),
    ]

    operations = [
        migrations.CreateModel(
            name='Integration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(max_length=30, verbose_name='type')),
                ('name', models.CharField(max_length=100)),
                ('enabled', models.BooleanField(default=True)),
                ('builtin', models.BooleanField(default=False, editable=False)),
                ('sealed', models.TextField(editable=False)),
                ('target', models.CharField(blank=True, editable=False, max_length=200)),
                ('rate_key', models.CharField(editable=False, max_length=64)),
                ('living', models.BooleanField(default=False, editable=False)),
                ('two_way', models.BooleanField(default=False, editable=False)),
                ('hears_key', models.CharField(blank=True, editable=False, max_length=64)),
                ('hook_turn', models.PositiveIntegerField(default=0, editable=False)),
                ('used_by_default', models.BooleanField(default=False)),
                ('minimum_severity', models.CharField(choices=[(channels_app.words.Severity['INFO'], 'Info'), (channels_app.words.Severity['MINOR'], 'Minor'), (channels_app.words.Severity['MAJOR'], 'Major'), (channels_app.words.Severity['CRITICAL'], 'Critical')], default=channels_app.words.Severity['INFO'], max_length=10)),
                ('events', models.JSONField(default=integrations.models.telling.usually_told)),
                ('picture', models.BooleanField(default=False, verbose_name='graph image')),
                ('time_zone', models.CharField(blank=True, max_length=50)),
                ('language', models.CharField(choices=[('en', 'English'), ('de', 'Deutsch'), ('fr', 'Français'), ('ja', '日本語')], default='en', max_length=5)),
                ('hears_changes', models.BooleanField(default=False)),
                ('hears_trouble_since', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('fallback', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stood_in_for', to='integrations.integration')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='integrations', to='teams.team')),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='integration_groups', to='teams.team')),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='GroupMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='integrations.group')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
                ('integration', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='group_links', to='integrations.integration')),
            ],
        ),
        migrations.AddField(
            model_name='group',
            name='integrations',
            field=models.ManyToManyField(blank=True, related_name='groups', through='integrations.GroupMember', to='integrations.integration'),
        ),
        migrations.CreateModel(
            name='MailAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=254)),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mail_addresses', to='teams.team')),
            ],
            options={
                'verbose_name_plural': 'mail addresses',
                'ordering': ['address'],
            },
        ),
        migrations.CreateModel(
            name='Health',
            fields=[
                ('integration', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='health', serialize=False, to='integrations.integration')),
                ('last_test_at', models.DateTimeField(blank=True, null=True)),
                ('last_test_ok', models.BooleanField(blank=True, null=True)),
                ('last_test_words', models.CharField(blank=True, max_length=300)),
                ('last_success_at', models.DateTimeField(blank=True, null=True)),
                ('last_failure_at', models.DateTimeField(blank=True, null=True)),
                ('last_failure_words', models.CharField(blank=True, max_length=300)),
                ('consecutive_failures', models.PositiveIntegerField(default=0)),
                ('parked_at', models.DateTimeField(blank=True, null=True)),
                ('parked_reason', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'verbose_name_plural': 'health',
                'indexes': [models.Index(condition=models.Q(('parked_at__isnull', False)), fields=['parked_at'], name='health_on_hold')],
            },
        ),
        migrations.AddIndex(
            model_name='integration',
            index=models.Index(fields=['team', 'archived_at'], name='integration_team_id_1e1c3a_idx'),
        ),
        migrations.AddIndex(
            model_name='integration',
            index=models.Index(condition=models.Q(('archived_at', None), ('builtin', False)), fields=['team', 'name', 'id'], name='integration_by_name'),
        ),
        migrations.AddIndex(
            model_name='integration',
            index=models.Index(condition=models.Q(('used_by_default', True)), fields=['team'], name='integration_by_default'),
        ),
        migrations.AddIndex(
            model_name='integration',
            index=models.Index(condition=models.Q(('hears_changes', True)), fields=['team'], name='integration_hears_changes'),
        ),
        migrations.AddIndex(
            model_name='integration',
            index=models.Index(condition=models.Q(('hears_key', ''), _negated=True), fields=['kind', 'hears_key'], name='integration_by_key'),
        ),
        migrations.AddConstraint(
            model_name='integration',
            constraint=models.UniqueConstraint(condition=models.Q(('builtin', True)), fields=('team', 'kind'), name='integration_builtin_once_a_team'),
        ),
        migrations.AddConstraint(
            model_name='integration',
            constraint=models.UniqueConstraint(condition=models.Q(('hears_trouble_since__isnull', False)), fields=('team',), name='integration_one_hears_trouble'),
        ),
        migrations.AddConstraint(
            model_name='groupmember',
            constraint=models.UniqueConstraint(fields=('group', 'integration'), name='group_member_once'),
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.UniqueConstraint(fields=('team', 'name'), name='group_name_once_a_team'),
        ),
        migrations.AddConstraint(
            model_name='mailaddress',
            constraint=models.UniqueConstraint(fields=('team', 'address'), name='mail_address_once_a_team'),
        ),
    ]
