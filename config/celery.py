"""The Celery app, for installations with a broker. Without one nothing here runs."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("bellhop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    beat_schedule={
        "sweep": {"task": "deliveries.sweep", "schedule": 2.0, "options": {"expires": 10}},
    },
)
app.autodiscover_tasks()
