"""How a receiver knows that a call is Bellhop's, unchanged and new. docs/webhooks.md has the other side."""

import hashlib
import hmac
from collections.abc import Sequence

ID = "Bellhop-Id"
TIMESTAMP = "Bellhop-Timestamp"
SIGNATURE = "Bellhop-Signature"
SCHEME = "v1"


def signed(message_id: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers that name and date the call, and sign it once with each of `secrets`, the present one first."""
    headers = {ID: message_id, TIMESTAMP: str(timestamp)}
    content = f"{message_id}.{timestamp}.".encode() + body
    made = [f"{SCHEME}={_mac(secret, content)}" for secret in secrets]
    return headers | ({SIGNATURE: ",".join(made)} if made else {})


def _mac(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
