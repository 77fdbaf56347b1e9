
import channels_app.words
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('integrations', '0001_initial'),
        ('teams', '0006_shadow_and_mail_quota'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AlertNumber',
            fields=[
                ('team', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='teams.team')),
                ('last', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='CondensedUntil',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField()),
                ('newest', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='AlertRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('enabled', models.BooleanField(default=True)),
                ('origin', models.CharField(choices=[('measured', 'Measured'), ('received', 'Received')], default='measured', editable=False, max_length=10)),
                ('matchers', models.JSONField(blank=True, default=list, editable=False)),
                ('severity', models.CharField(choices=[(channels_app.words.Severity['INFO'], 'Info'), (channels_app.words.Severity['MINOR'], 'Minor'), (channels_app.words.Severity['MAJOR'], 'Major'), (channels_app.words.Severity['CRITICAL'], 'Critical')], default=channels_app.words.Severity['MINOR'], max_length=10)),
                ('match', models.CharField(choices=[('all', 'All conditions are met'), ('any', 'Any condition is met')], default='all', max_length=3)),
                ('rounds_required', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)])),
                ('rounds_window', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)])),
                ('rounds_mode', models.CharField(choices=[('any', 'Any sources'), ('exact', 'The same sources')], default='any', max_length=5)),
                ('minimum_sources', models.PositiveIntegerField(blank=True, default=1, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('minimum_sources_percent', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)])),
                ('recipients', models.JSONField(blank=True, default=list)),
                ('notify_on_clear', models.BooleanField(default=True, verbose_name='Send an email when clears - and tell every integration below')),
                ('message', models.TextField(blank=True, max_length=2000)),
                ('runbook', models.URLField(blank=True, max_length=500)),
                ('when_data_stops', models.CharField(choices=[('keep', 'Keep the alert as it is'), ('alert', 'Trigger an alert'), ('clear', 'Stop counting the silent source')], default='keep', max_length=5)),
                ('no_data_minutes', models.PositiveIntegerField(default=10, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)])),
                ('reopen_after', models.PositiveIntegerField(default=43200, validators=[django.core.validators.MinValueValidator(60), django.core.validators.MaxValueValidator(2592000)], verbose_name='reopen after (seconds)')),
                ('selector', models.JSONField(blank=True, default=list)),
                ('only_these', models.BooleanField(default=False)),
                ('remind_minutes', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)])),
                ('least_gap_minutes', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1440)])),
                ('hours', models.JSONField(blank=True, null=True)),
                ('shadow', models.BooleanField(default=False, verbose_name='shadow mode')),
                ('drill_weekly', models.BooleanField(default=False, verbose_name='weekly fire drill')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='teams.team')),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='EscalationStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('after_minutes', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)])),
                ('recipients', models.JSONField(blank=True, default=list)),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='escalation_steps', to='alerts.alertrule')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
            ],
            options={
                'ordering': ['after_minutes', 'id'],
            },
        ),
        migrations.CreateModel(
            name='MaintenanceWindow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('time_zone', models.CharField(default='UTC', max_length=50)),
                ('starts_at', models.DateTimeField()),
                ('minutes', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(43200)])),
                ('repeat', models.CharField(choices=[('never', 'Once'), ('daily', 'Every day'), ('weekly', 'Every week'), ('monthly', 'Every month')], default='never', max_length=8)),
                ('every', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(52)])),
                ('weekdays', models.JSONField(blank=True, default=list)),
                ('repeats_until', models.DateTimeField(blank=True, null=True)),
                ('ended_early', models.JSONField(blank=True, default=list, editable=False)),
                ('over_at', models.DateTimeField(editable=False)),
                ('everything', models.BooleanField(default=False)),
                ('selector', models.JSONField(blank=True, default=list)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('by_text', models.CharField(blank=True, max_length=200)),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='maintenance_windows', to='teams.team')),
            ],
            options={
                'ordering': ['-starts_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='RuleGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rule_links', to='integrations.group')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='group_links', to='alerts.alertrule')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
            ],
        ),
        migrations.AddField(
            model_name='alertrule',
            name='groups',
            field=models.ManyToManyField(blank=True, related_name='rules', through='alerts.RuleGroup', to='integrations.group'),
        ),
        migrations.CreateModel(
            name='RuleIntegration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(default=django.utils.timezone.now, editable=False, null=True)),
                ('integration', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rule_links', to='integrations.integration')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='integration_links', to='alerts.alertrule')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
            ],
        ),
        migrations.AddField(
            model_name='alertrule',
            name='integrations',
            field=models.ManyToManyField(blank=True, related_name='rules', through='alerts.RuleIntegration', to='integrations.integration'),
        ),
        migrations.CreateModel(
            name='Series',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(max_length=100)),
                ('source', models.CharField(max_length=100)),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
            ],
            options={
                'verbose_name_plural': 'series',
            },
        ),
        migrations.CreateModel(
            name='Measurement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('observed_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('value', models.FloatField()),
                ('series', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='measurements', to='alerts.series')),
            ],
        ),
        migrations.CreateModel(
            name='Extremes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('begin', models.BigIntegerField()),
                ('lowest', models.FloatField()),
                ('lowest_at', models.FloatField()),
                ('highest', models.FloatField()),
                ('highest_at', models.FloatField()),
                ('series', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='extremes', to='alerts.series')),
            ],
            options={
                'verbose_name_plural': 'extremes',
            },
        ),
        migrations.CreateModel(
            name='StepIntegration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('integration', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='step_links', to='integrations.integration')),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='integration_links', to='alerts.escalationstep')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
            ],
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='integrations',
            field=models.ManyToManyField(blank=True, related_name='steps', through='alerts.StepIntegration', to='integrations.integration'),
        ),
        migrations.CreateModel(
            name='Test',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=60)),
                ('name', models.CharField(max_length=100)),
                ('enabled', models.BooleanField(default=True)),
                ('target', models.CharField(blank=True, max_length=500)),
                ('interval', models.PositiveIntegerField(default=60, validators=[django.core.validators.MinValueValidator(10), django.core.validators.MaxValueValidator(86400)], verbose_name='interval (seconds)')),
                ('labels', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tests', to='teams.team')),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.AddField(
            model_name='series',
            name='test',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='series', to='alerts.test'),
        ),
        migrations.CreateModel(
            name='RuleTest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by_selector', models.BooleanField(default=False)),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='test_links', to='alerts.alertrule')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
                ('test', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rule_links', to='alerts.test')),
            ],
        ),
        migrations.CreateModel(
            name='RuleState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.TextField(default='{}')),
                ('last_received_at', models.DateTimeField()),
                ('next_check_at', models.DateTimeField(blank=True, null=True)),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='states', to='alerts.alertrule')),
                ('test', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='states', to='alerts.test')),
            ],
        ),
        migrations.CreateModel(
            name='Mute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('began_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('by_text', models.CharField(blank=True, max_length=200)),
                ('ended_by_text', models.CharField(blank=True, max_length=200)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rule', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mutes', to='alerts.alertrule')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mutes', to='teams.team')),
                ('test', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mutes', to='alerts.test')),
            ],
            options={
                'ordering': ['-began_at', '-id'],
            },
        ),
        migrations.AddField(
            model_name='alertrule',
            name='tests',
            field=models.ManyToManyField(blank=True, related_name='rules', through='alerts.RuleTest', to='alerts.test'),
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField()),
                ('fingerprint', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[(channels_app.words.AlertState['TRIGGERED'], 'Triggered'), (channels_app.words.AlertState['ACKNOWLEDGED'], 'Acknowledged'), (channels_app.words.AlertState['CLEARED'], 'Cleared')], default=channels_app.words.AlertState['TRIGGERED'], max_length=12)),
                ('severity', models.CharField(choices=[(channels_app.words.Severity['INFO'], 'Info'), (channels_app.words.Severity['MINOR'], 'Minor'), (channels_app.words.Severity['MAJOR'], 'Major'), (channels_app.words.Severity['CRITICAL'], 'Critical')], max_length=10)),
                ('opened_by', models.CharField(default='violated', max_length=10)),
                ('started_at', models.DateTimeField()),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True)),
                ('acknowledged_by_text', models.CharField(blank=True, max_length=200)),
                ('cleared_at', models.DateTimeField(blank=True, null=True)),
                ('cleared_reason', models.CharField(blank=True, choices=[('recovered', 'Recovered'), ('rule_changed', 'Rule Changed'), ('rule_disabled', 'Rule Disabled'), ('rule_deleted', 'Rule Deleted'), ('test_detached', 'Test Detached'), ('closed_by_hand', 'Closed By Hand'), ('resolved_by_source', 'Resolved By Source'), ('timed_out', 'Timed Out'), ('no_data', 'No Data')], max_length=20)),
                ('cleared_text', models.CharField(blank=True, max_length=1000)),
                ('still_violated', models.BooleanField(default=False)),
                ('labels', models.JSONField(blank=True, default=dict)),
                ('annotations', models.JSONField(blank=True, default=dict)),
                ('snapshot', models.JSONField(blank=True, default=dict)),
                ('drill', models.BooleanField(default=False)),
                ('remind_at', models.DateTimeField(blank=True, null=True)),
                ('escalate_at', models.DateTimeField(blank=True, null=True)),
                ('escalated', models.PositiveSmallIntegerField(default=0)),
                ('acknowledged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('assigned_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assigned_alerts', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='teams.team')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='alerts.alertrule')),
                ('test', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='alerts.test')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='WindowTest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('excluded', models.BooleanField(default=False)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
                ('test', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='window_links', to='alerts.test')),
                ('window', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='test_links', to='alerts.maintenancewindow')),
            ],
        ),
        migrations.AddField(
            model_name='maintenancewindow',
            name='tests',
            field=models.ManyToManyField(blank=True, related_name='maintenance_windows', through='alerts.WindowTest', to='alerts.test'),
        ),
        migrations.CreateModel(
            name='AlertEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(choices=[('triggered', 'Triggered'), ('severity_changed', 'Severity changed'), ('acknowledged', 'Acknowledged'), ('unacknowledged', 'Un-acknowledged'), ('assigned', 'Assigned'), ('noted', 'Noted'), ('cleared', 'Cleared'), ('reminded', 'Reminded'), ('escalated', 'Escalated'), ('no_data', 'No data')], max_length=20)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('severity', models.CharField(choices=[(channels_app.words.Severity['INFO'], 'Info'), (channels_app.words.Severity['MINOR'], 'Minor'), (channels_app.words.Severity['MAJOR'], 'Major'), (channels_app.words.Severity['CRITICAL'], 'Critical')], max_length=10)),
                ('actor_text', models.CharField(blank=True, max_length=200)),
                ('via', models.CharField(blank=True, max_length=20)),
                ('origin', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='integrations.integration')),
                ('detail', models.JSONField(blank=True, default=dict)),
                ('announce', models.CharField(choices=[('yes', 'Yes'), ('too_old', 'Too Old'), ('not_wanted', 'Not Wanted')], default='yes', max_length=10)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='alerts.alert')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['recorded_at'], name='alerts_aler_recorde_3fdc28_idx'), models.Index(condition=models.Q(('type', 'noted')), fields=['team', '-recorded_at'], name='event_notes')],
            },
        ),
        migrations.CreateModel(
            name='Condition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('metric', models.CharField(max_length=100)),
                ('operator', models.CharField(choices=[('>', 'Gt'), ('>=', 'Ge'), ('<', 'Lt'), ('<=', 'Le'), ('==', 'Eq'), ('!=', 'Ne'), ('absent', 'Absent')], max_length=6)),
                ('threshold', models.FloatField(blank=True, null=True)),
                ('severity', models.CharField(blank=True, choices=[(channels_app.words.Severity['INFO'], 'Info'), (channels_app.words.Severity['MINOR'], 'Minor'), (channels_app.words.Severity['MAJOR'], 'Major'), (channels_app.words.Severity['CRITICAL'], 'Critical')], max_length=10)),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conditions', to='alerts.alertrule')),
            ],
            options={
                'ordering': ['position', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('operator', 'absent'), ('threshold__isnull', False), _connector='OR'), name='condition_has_threshold')],
            },
        ),
        migrations.AddConstraint(
            model_name='rulegroup',
            constraint=models.UniqueConstraint(fields=('rule', 'group'), name='rule_group_once'),
        ),
        migrations.AddConstraint(
            model_name='ruleintegration',
            constraint=models.UniqueConstraint(fields=('rule', 'integration'), name='rule_integration_once'),
        ),
        migrations.AddIndex(
            model_name='measurement',
            index=models.Index(fields=['received_at'], name='alerts_meas_receive_4f8069_idx'),
        ),
        migrations.AddConstraint(
            model_name='measurement',
            constraint=models.UniqueConstraint(fields=('series', 'observed_at'), name='measurement_once'),
        ),
        migrations.AddConstraint(
            model_name='extremes',
            constraint=models.UniqueConstraint(fields=('series', 'begin'), name='extremes_once'),
        ),
        migrations.AddConstraint(
            model_name='stepintegration',
            constraint=models.UniqueConstraint(fields=('step', 'integration'), name='step_integration_once'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.UniqueConstraint(fields=('rule', 'after_minutes'), name='escalation_step_once'),
        ),
        migrations.AddConstraint(
            model_name='test',
            constraint=models.UniqueConstraint(condition=models.Q(('archived_at', None)), fields=('team', 'slug'), name='test_slug_once_a_team'),
        ),
        migrations.AddConstraint(
            model_name='test',
            constraint=models.CheckConstraint(condition=models.Q(('interval__gte', 10), ('interval__lte', 86400)), name='test_interval_sane'),
        ),
        migrations.AddIndex(
            model_name='series',
            index=models.Index(fields=['team', 'source'], name='alerts_seri_team_id_d205f6_idx'),
        ),
        migrations.AddIndex(
            model_name='series',
            index=models.Index(fields=['team', 'metric'], name='alerts_seri_team_id_3c63f7_idx'),
        ),
        migrations.AddConstraint(
            model_name='series',
            constraint=models.UniqueConstraint(fields=('test', 'metric', 'source'), name='series_once'),
        ),
        migrations.AddConstraint(
            model_name='ruletest',
            constraint=models.UniqueConstraint(fields=('rule', 'test'), name='rule_test_once'),
        ),
        migrations.AddIndex(
            model_name='rulestate',
            index=models.Index(condition=models.Q(('next_check_at__isnull', False)), fields=['next_check_at'], name='state_checks'),
        ),
        migrations.AddConstraint(
            model_name='rulestate',
            constraint=models.UniqueConstraint(fields=('rule', 'test'), name='state_once'),
        ),
        migrations.AddIndex(
            model_name='mute',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['team'], name='mute_open'),
        ),
        migrations.AddConstraint(
            model_name='mute',
            constraint=models.CheckConstraint(condition=models.Q(('rule', None), ('test', None), _connector='OR'), name='mute_of_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='mute',
            constraint=models.CheckConstraint(condition=models.Q(('until', None), ('until__gt', models.F('began_at')), _connector='OR'), name='mute_has_length'),
        ),
        migrations.AddIndex(
            model_name='alertrule',
            index=models.Index(condition=models.Q(('archived_at', None)), fields=['team', 'name', 'id'], name='rule_by_name'),
        ),
        migrations.AddConstraint(
            model_name='alertrule',
            constraint=models.CheckConstraint(condition=models.Q(('rounds_required__lte', models.F('rounds_window'))), name='rule_x_within_y'),
        ),
        migrations.AddConstraint(
            model_name='alertrule',
            constraint=models.CheckConstraint(condition=models.Q(('minimum_sources', None), ('minimum_sources_percent', None), _connector='XOR'), name='rule_one_minimum'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['team', 'state', '-started_at'], name='alert_team_state'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['rule', 'test', 'state'], name='alert_rule_test'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['test', 'started_at', 'cleared_at'], name='alert_test_time'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('cleared_at', None)), fields=['team', 'severity', '-number'], name='alert_open'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['team', '-number', 'cleared_at', 'started_at', 'state', 'severity', 'rule', 'test', 'assigned_to', 'acknowledged_by', 'acknowledged_at', 'still_violated', 'drill'], name='alert_list'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('cleared_at', None)), fields=['rule'], name='alert_open_of_rule'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('remind_at__isnull', False)), fields=['remind_at'], name='alert_remind'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('escalate_at__isnull', False)), fields=['escalate_at'], name='alert_escalate'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(fields=('team', 'number'), name='alert_number_once_a_team'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(('state', channels_app.words.AlertState['CLEARED']), _negated=True), fields=('team', 'fingerprint'), name='alert_one_open'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cleared_at__isnull', False), ('state', 'cleared'), models.Q(('cleared_reason', ''), _negated=True)), models.Q(models.Q(('state', 'cleared'), _negated=True), ('cleared_at', None), ('cleared_reason', '')), _connector='OR'), name='alert_cleared_says_when_and_why'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at__isnull', False), ('state', 'acknowledged')), models.Q(('acknowledged_at', None), ('state', 'triggered')), ('state', 'cleared'), _connector='OR'), name='alert_acknowledged_says_when'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('cleared_at', None), ('cleared_at__gte', models.F('started_at')), _connector='OR'), name='alert_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='windowtest',
            constraint=models.UniqueConstraint(fields=('window', 'test'), name='window_test_once'),
        ),
        migrations.AddIndex(
            model_name='maintenancewindow',
            index=models.Index(fields=['team', 'over_at'], name='window_of_team'),
        ),
        migrations.AddConstraint(
            model_name='maintenancewindow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('repeat', 'never'), ('repeats_until', None)), models.Q(models.Q(('repeat', 'never'), _negated=True), ('repeats_until__isnull', False)), _connector='OR'), name='window_has_an_end'),
        ),
    ]
