"""A web server that dies at an exact place while it obeys a chat; its first process brings up another worker."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.servers.mortal.nursery import die, ordered, wrap

BEFORE, AFTER = "before_commit", "after_commit"


def follow(orders: Path) -> None:
    """Obey orders to die from now on: before the deed is committed, or after that and before it is answered."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.db import connection, transaction

    from deliveries.views import hooks

    def mortal(obey: Callable[..., Any], *words: Any) -> Any:
        if ordered(orders, BEFORE):
            with transaction.atomic():
                obey(*words)
                die(orders)
        answer = obey(*words)
        if ordered(orders, AFTER):
            assert not connection.in_atomic_block, "it would be answered before it is committed"
            die(orders)
        return answer

    wrap(hooks, "obey", mortal)
