"""How long tests wait: what must come has far longer than any stall of the machine, what never comes is short."""

from collections.abc import Iterator

from hypothesis import HealthCheck

PATIENT = 30.0  # seconds; far more than any of it takes
HASTY = 0.5  # seconds; for what can only run out
HEALTH = (HealthCheck.too_slow,)  # of a machine, which says nothing of a test: whoever names more names these too


def tries() -> Iterator[float]:
    """Growing limits in seconds, for what must run out once it has begun: a stall may fill the first of them."""
    yield from (HASTY, 4.0, PATIENT)
