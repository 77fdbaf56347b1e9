"""The Celery app, for installations with a broker. Without one nothing here runs."""

import logging
import os
import threading
from typing import Any

from celery import Celery
from celery.signals import worker_init, worker_ready, worker_shutdown, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

log = logging.getLogger(__name__)

FAREWELL = 30.0  # longer than what the lookout may have begun

app = Celery("bellhop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_pool="threads",  # a task waits for other machines most of its time
    worker_concurrency=2,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_heartbeat=10,
    # Redis only: after how long a task of a killed worker comes back, and that a dead connection is noticed.
    broker_transport_options={"visibility_timeout": 60, "health_check_interval": 10, "socket_keepalive": True},
    beat_schedule={
        "sweep": {"task": "deliveries.sweep", "schedule": 2.0, "options": {"expires": 60}},
    },
)
app.autodiscover_tasks()

_ending = threading.Event()


@worker_init.connect
def _say_what_is_missing(**_: Any) -> None:
    """In the log only: what is missing may come yet."""
    from config.checks import missing

    for message in missing():
        log.error("%s: %s %s", message.id, message.msg, message.hint)


@worker_ready.connect
def _keep_a_lookout(**_: Any) -> None:
    from deliveries.housekeeping import keep_house
    from deliveries.tasks import keep_looking

    threading.Thread(target=keep_house, args=(_ending,), name="housekeeping", daemon=True).start()
    lookout = threading.Thread(target=keep_looking, args=(_ending,), name="lookout", daemon=True)
    lookout.start()
    worker_shutdown.connect(lambda **_: lookout.join(FAREWELL), weak=False)


@worker_shutting_down.connect
def _end(**_: Any) -> None:
    _ending.set()
