
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('alerts', '0002_same_team'),
        ('integrations', '0002_same_team'),
        ('teams', '0006_shadow_and_mail_quota'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Budget',
            fields=[
                ('rate_key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('next_at', models.DateTimeField()),
                ('paused_until', models.DateTimeField(blank=True, null=True)),
                ('pause_reason', models.CharField(blank=True, max_length=30)),
            ],
        ),
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fence', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('ref', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'verbose_name_plural': 'dispatches',
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('kind', models.CharField(choices=[('overdue', 'Overdue'), ('lease_left', 'Lease Left'), ('lane_forgotten', 'Lane Forgotten'), ('delivery_stranded', 'Delivery Stranded'), ('dispatch_left', 'Dispatch Left'), ('delivery_overstayed', 'Delivery Overstayed'), ('event_undecided', 'Event Undecided'), ('lease_ahead', 'Lease Ahead'), ('wait_ahead', 'Wait Ahead'), ('budget_ahead', 'Budget Ahead'), ('timer_late', 'Timer Late'), ('clock_jumped', 'Clock Jumped'), ('clocks_differ', 'Clocks Differ'), ('check_failed', 'Check Failed')], max_length=30, primary_key=True, serialize=False)),
                ('found', models.PositiveBigIntegerField(default=0)),
                ('repaired', models.PositiveBigIntegerField(default=0)),
                ('open', models.PositiveBigIntegerField(default=0)),
                ('examples', models.JSONField(default=list)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('mailed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-last_at', 'kind'],
            },
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('owner', models.CharField(max_length=120, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('sender', 'Sender'), ('worker', 'Worker')], max_length=10)),
                ('version', models.CharField(max_length=30)),
                ('started_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-seen_at'],
            },
        ),
        migrations.CreateModel(
            name='Watermark',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(blank=True, null=True)),
                ('number', models.PositiveBigIntegerField(default=0)),
                ('seen', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recipient', models.CharField(blank=True, max_length=254)),
                ('state', models.CharField(choices=[('held', 'Held'), ('pending', 'Pending'), ('sending', 'Sending'), ('delivered', 'Delivered'), ('rejected', 'Rejected'), ('suppressed', 'Suppressed'), ('superseded', 'Superseded'), ('expired', 'Expired')], default='pending', max_length=10)),
                ('reason', models.CharField(blank=True, choices=[('too_old', 'Too Old'), ('not_wanted', 'Not Wanted'), ('rule_not_on_clear', 'Rule Not On Clear'), ('never_told', 'Never Told'), ('integration_disabled', 'Integration Disabled'), ('integration_removed', 'Integration Removed'), ('event_not_chosen', 'Event Not Chosen'), ('below_severity', 'Below Severity'), ('muted', 'Muted'), ('maintenance', 'Maintenance'), ('outside_hours', 'Outside Hours'), ('least_gap', 'Least Gap'), ('shadow', 'Shadow'), ('own_action', 'Own Action'), ('said_there', 'Said There'), ('nothing_to_update', 'Nothing To Update'), ('unsubscribed', 'Unsubscribed'), ('unconfirmed', 'Unconfirmed'), ('mail_quota', 'Mail Quota'), ('newer_event', 'Newer Event'), ('too_late', 'Too Late'), ('internal_error', 'Internal Error'), ('unreadable_config', 'Unreadable Config'), ('network', 'Network'), ('address_refused', 'Address Refused'), ('remote_error', 'Remote Error'), ('rate_limited', 'Rate Limited'), ('unexpected_answer', 'Unexpected Answer'), ('bad_credentials', 'Bad Credentials'), ('not_allowed', 'Not Allowed'), ('destination_gone', 'Destination Gone'), ('content_refused', 'Content Refused'), ('recipient_refused', 'Recipient Refused'), ('redirected', 'Redirected')], max_length=30)),
                ('words', models.CharField(blank=True, max_length=300)),
                ('rank', models.PositiveSmallIntegerField()),
                ('tries', models.PositiveIntegerField(default=0)),
                ('in_place', models.BooleanField(db_default=False, default=False)),
                ('recorded_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('held_until', models.DateTimeField(blank=True, null=True)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='alerts.alert')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='alerts.alertevent')),
                ('integration', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='integrations.integration')),
                ('replaced_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliveries.delivery')),
                ('resend_of', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='resends', to='deliveries.delivery')),
                ('stands_in_for', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='integrations.integration')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('seconds', models.FloatField(default=0)),
                ('status', models.PositiveIntegerField(blank=True, null=True)),
                ('outcome', models.CharField(choices=[('delivered', 'Delivered'), ('retry_later', 'Retry Later'), ('rejected', 'Rejected'), ('interrupted', 'Interrupted')], max_length=12)),
                ('reason', models.CharField(blank=True, max_length=30)),
                ('words', models.CharField(blank=True, max_length=300)),
                ('dispatch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='deliveries.dispatch')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='DispatchItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='deliveries.delivery')),
                ('dispatch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='deliveries.dispatch')),
            ],
        ),
        migrations.AddField(
            model_name='dispatch',
            name='deliveries',
            field=models.ManyToManyField(related_name='dispatches', through='deliveries.DispatchItem', to='deliveries.delivery'),
        ),
        migrations.CreateModel(
            name='Drill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField()),
                ('began_at', models.DateTimeField()),
                ('by_text', models.CharField(blank=True, max_length=200)),
                ('scheduled', models.BooleanField(default=False)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('ok', models.BooleanField(blank=True, null=True)),
                ('words', models.CharField(blank=True, max_length=500)),
                ('rule', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='drills', to='alerts.alertrule')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drills', to='teams.team')),
            ],
            options={
                'ordering': ['-began_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='FindingHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('overdue', 'Overdue'), ('lease_left', 'Lease Left'), ('lane_forgotten', 'Lane Forgotten'), ('delivery_stranded', 'Delivery Stranded'), ('dispatch_left', 'Dispatch Left'), ('delivery_overstayed', 'Delivery Overstayed'), ('event_undecided', 'Event Undecided'), ('lease_ahead', 'Lease Ahead'), ('wait_ahead', 'Wait Ahead'), ('budget_ahead', 'Budget Ahead'), ('timer_late', 'Timer Late'), ('clock_jumped', 'Clock Jumped'), ('clocks_differ', 'Clocks Differ'), ('check_failed', 'Check Failed')], max_length=30)),
                ('hour', models.DateTimeField()),
                ('found', models.PositiveBigIntegerField(default=0)),
                ('repaired', models.PositiveBigIntegerField(default=0)),
                ('open', models.PositiveBigIntegerField(default=0)),
                ('examples', models.JSONField(default=list)),
            ],
            options={
                'ordering': ['-hour', 'kind'],
                'constraints': [models.UniqueConstraint(fields=('hour', 'kind'), name='finding_once_an_hour')],
            },
        ),
        migrations.CreateModel(
            name='Lane',
            fields=[
                ('integration', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='lane', serialize=False, to='integrations.integration')),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('lease_owner', models.CharField(blank=True, max_length=120)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('fence', models.BigIntegerField(default=0)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('paused_until', models.DateTimeField(blank=True, null=True)),
                ('pause_reason', models.CharField(blank=True, max_length=30)),
                ('untold', models.PositiveIntegerField(default=0)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('refusals', models.PositiveIntegerField(db_default=0, default=0)),
                ('refused_since', models.DateTimeField(blank=True, null=True)),
                ('on_hold', models.BooleanField(db_default=False, default=False)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='lane_due'), models.Index(condition=models.Q(('on_hold', True)), fields=['integration'], name='lane_on_hold')],
            },
        ),
        migrations.AddField(
            model_name='dispatch',
            name='lane',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='dispatches', to='deliveries.lane'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='lane',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='deliveries.lane'),
        ),
        migrations.CreateModel(
            name='HeardOnce',
            fields=[
                ('mark', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_index=True)),
            ],
            options={
                'verbose_name_plural': 'calls heard once',
            },
        ),
        migrations.CreateModel(
            name='ChatIdentity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30)),
                ('key', models.CharField(max_length=64)),
                ('workspace', models.CharField(blank=True, max_length=100)),
                ('person', models.CharField(max_length=100)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chat_identities', to='teams.team')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chat_identities', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'chat identities',
                'ordering': ['name', 'id'],
                'constraints': [models.UniqueConstraint(fields=('team', 'key', 'workspace', 'person'), name='chat_identity_once')],
            },
        ),
        migrations.CreateModel(
            name='MessageRef',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recipient', models.CharField(blank=True, max_length=254)),
                ('ref', models.CharField(max_length=200)),
                ('posted_at', models.DateTimeField()),
                ('alert', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='message_refs', to='alerts.alert')),
                ('integration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='message_refs', to='integrations.integration')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('alert', 'integration', 'recipient'), name='message_ref_once')],
            },
        ),
        migrations.CreateModel(
            name='LastTold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recipient', models.CharField(blank=True, max_length=254)),
                ('at', models.DateTimeField()),
                ('integration', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.integration')),
                ('rule', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='alerts.alertrule')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
            ],
        ),
        migrations.CreateModel(
            name='Outage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('began_at', models.DateTimeField()),
                ('held_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(max_length=30)),
                ('words', models.CharField(blank=True, max_length=300)),
                ('begin_told_at', models.DateTimeField(blank=True, null=True)),
                ('end_told_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('told_through', models.CharField(blank=True, max_length=300)),
                ('integration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outages', to='integrations.integration')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('family', models.CharField(max_length=12)),
                ('name', models.CharField(max_length=12)),
                ('kind', models.CharField(max_length=30)),
                ('settled', models.PositiveBigIntegerField(default=0)),
                ('total', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('family', 'name', 'kind'), name='tally_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='dispatchitem',
            constraint=models.UniqueConstraint(fields=('dispatch', 'delivery'), name='dispatch_item_once'),
        ),
        migrations.AddIndex(
            model_name='drill',
            index=models.Index(fields=['rule', '-began_at'], name='drill_of_rule'),
        ),
        migrations.AddIndex(
            model_name='drill',
            index=models.Index(condition=models.Q(('finished_at', None)), fields=['began_at'], name='drill_open'),
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(condition=models.Q(('finished_at', None)), fields=['lane'], name='dispatch_open'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state__in', ['pending', 'sending'])), fields=['lane', 'id'], name='delivery_open'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['held_until'], name='delivery_held'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('replaced_by', None), _negated=True), fields=['replaced_by'], name='delivery_replaced'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('resend_of', None), _negated=True), fields=['resend_of'], name='delivery_resent'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['team', '-id'], name='delivery_team'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['team', '-recorded_at', '-id'], name='delivery_log'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['integration', '-recorded_at', '-id'], name='delivery_place'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state__in', ['rejected', 'suppressed', 'superseded', 'expired'])), fields=['team', 'state', '-recorded_at', '-id'], name='delivery_untold'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('reason', ''), _negated=True), fields=['team', 'reason', '-recorded_at', '-id'], name='delivery_why'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(condition=models.Q(('resend_of', None)), fields=('event', 'integration', 'recipient', 'in_place'), name='delivery_once'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('reason', ''), ('replaced_by', None), ('state__in', ['pending', 'sending'])), models.Q(('finished_at', None), ('held_until__isnull', False), ('replaced_by', None), ('state', 'held'), models.Q(('reason', ''), _negated=True)), models.Q(('finished_at__isnull', False), ('reason', ''), ('replaced_by', None), ('state', 'delivered')), models.Q(('finished_at__isnull', False), ('reason', 'newer_event'), ('replaced_by__isnull', False), ('state', 'superseded')), models.Q(('finished_at__isnull', False), ('replaced_by', None), ('state__in', ['rejected', 'suppressed', 'expired']), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='delivery_state_says_why_and_when'),
        ),
        migrations.AddConstraint(
            model_name='lasttold',
            constraint=models.UniqueConstraint(fields=('rule', 'integration', 'recipient'), name='last_told_once'),
        ),
        migrations.AddIndex(
            model_name='outage',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='outage_due'),
        ),
        migrations.AddIndex(
            model_name='outage',
            index=models.Index(fields=['integration', '-id'], name='outage_latest'),
        ),
        migrations.AddConstraint(
            model_name='outage',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('integration',), name='outage_one_at_a_time'),
        ),
    ]
