"""A house with an address that mails can lead to, an alert that a member was mailed, and the clock of the pages."""

from datetime import datetime

import pytest
from django.utils import timezone
from pytest_django import Settings

from alerts.models import Alert
from tests.conftest import Cast
from tests.deliveries.acting_by_mail.mailed import BASE
from tests.deliveries.stage import rule_for, trigger


@pytest.fixture
def now() -> datetime:
    """The pages go by the clock."""
    return timezone.now().replace(microsecond=0)


@pytest.fixture(autouse=True)
def at_home(settings: Settings) -> None:
    settings.BELLHOP_BASE_URL = BASE


@pytest.fixture
def alert(cast: Cast, now: datetime) -> Alert:
    """Told to its team's member by mail."""
    return trigger(rule_for(cast.team, recipients=[cast.member.email]), now)
