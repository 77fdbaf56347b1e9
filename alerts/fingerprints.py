"""What makes two violations the same alert."""

from datetime import datetime
from functools import lru_cache
from hashlib import sha256


@lru_cache(maxsize=16_384)
def measured_fingerprint(rule_id: int, test_id: int) -> str:
    """The fingerprint of a rule's alert on a test: 64 hex digits."""
    return sha256(f"measured:{rule_id}:{test_id}".encode()).hexdigest()


def drill_fingerprint(rule_id: int, at: datetime) -> str:
    """The fingerprint of a fire drill: never that of an alert."""
    return sha256(f"drill:{rule_id}:{at.isoformat()}".encode()).hexdigest()
