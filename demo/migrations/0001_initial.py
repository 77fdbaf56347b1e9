
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='SandboxRoom',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('service', models.CharField(choices=[('slack', 'Slack'), ('hipchat', 'HipChat')], max_length=10)),
                ('name', models.CharField(max_length=50)),
                ('topic', models.CharField(blank=True, max_length=250)),
                ('api_id', models.PositiveIntegerField(null=True, unique=True)),
                ('archived', models.BooleanField(default=False)),
                ('restricted', models.BooleanField(default=False, verbose_name='only admins may post')),
                ('free_at', models.FloatField(default=0)),
                ('window', models.BigIntegerField(default=0)),
                ('taken', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['service', 'name'],
                'constraints': [models.UniqueConstraint(fields=('service', 'name'), name='sandbox_room_name_once'), models.CheckConstraint(condition=models.Q(('service', 'slack'), ('api_id__isnull', False), _connector='XOR'), name='sandbox_api_id_is_hipchats')],
            },
        ),
        migrations.CreateModel(
            name='SandboxToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=64)),
                ('token', models.CharField(max_length=40, unique=True)),
                ('hook', models.CharField(blank=True, max_length=12)),
                ('scopes', models.JSONField(default=list)),
                ('legacy', models.BooleanField(default=False)),
                ('active', models.BooleanField(default=True)),
                ('window', models.BigIntegerField(default=0)),
                ('taken', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField(null=True)),
                ('room', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='demo.sandboxroom')),
            ],
            options={
                'ordering': ['created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SandboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('sender', models.CharField(max_length=150)),
                ('payload', models.JSONField()),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='demo.sandboxroom')),
            ],
            options={
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['room', '-at'], name='demo_sandbo_room_id_d07135_idx')],
            },
        ),
    ]
