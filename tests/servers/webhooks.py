"""A receiver of web hooks that believes nothing unsigned, old or twice: it knows the scheme from its page alone."""

import hashlib
import time
from collections.abc import Sequence

from tests.servers.http import Answer, Receiver, Request

TOLERANCE = 300
BLOCK = 64


class Verifier(Receiver):
    """Takes a call with 204 if one of `secrets` signed it; `taken` are the bodies by their id, `again` the repeats."""

    def __init__(self, *secrets: str) -> None:
        super().__init__()
        self.secrets: Sequence[str] = secrets
        self.taken: dict[str, bytes] = {}
        self.again: list[str] = []
        self.decide = self._judge

    def _judge(self, request: Request) -> Answer:
        fault = self._fault(request)
        if fault:
            return Answer(401, fault.encode())
        message_id = request.headers["bellhop-id"]
        if message_id in self.taken:
            self.again.append(message_id)
            return Answer(200 if self.taken[message_id] == request.body else 409)
        self.taken[message_id] = request.body
        return Answer(204)

    def _fault(self, request: Request) -> str:
        told = [request.headers.get(f"bellhop-{name}", "") for name in ("id", "timestamp", "signature")]
        message_id, timestamp, signature = told
        if not all(told):
            return "something is missing"
        if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE:
            return "too old"
        content = b".".join((message_id.encode(), timestamp.encode(), request.body))
        right = {f"v1={_hmac_sha256(secret.encode(), content)}" for secret in self.secrets}
        return "" if right & set(signature.split(",")) else "signed by somebody else"


def _hmac_sha256(key: bytes, content: bytes) -> str:
    """RFC 2104 spelled out, so that it shares no code with what it checks."""
    whole = hashlib.sha256(key).digest() if len(key) > BLOCK else key
    padded = whole.ljust(BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + content).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).hexdigest()
