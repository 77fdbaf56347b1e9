import pytest

from teams.models import Role
from tests.api.calls import key_of
from tests.conftest import Cast


@pytest.fixture
def keys(cast: Cast) -> dict[str, str]:
    """A key of each role of the team `ops`."""
    return {role: key_of(cast.team, role) for role in Role.values}
