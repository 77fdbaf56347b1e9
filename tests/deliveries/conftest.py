from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.patience import PATIENT
from tests.servers.http import Receiver


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A local server that integrations may point to."""
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.BELLHOP_CALL_SECONDS = PATIENT
    with Receiver() as running:
        yield running
