"""How the sandbox proves to Bellhop where a call comes from: Slack's signature v0, HipChat's JWT."""

import hashlib
import hmac
import secrets
from urllib.parse import urlencode

import jwt

from demo.models import SandboxApp, SandboxHook
from demo.sandbox import calling
from demo.sandbox.people import Person

JWT_LIFE = 900  # s


def post_signed(app: SandboxApp, url: str, fields: dict[str, str], now: float) -> calling.Answer:
    """Post a form as Slack does, signed with the app's secret; `now` is in epoch seconds."""
    body, timestamp = urlencode(fields).encode(), str(int(now))
    base = b":".join((b"v0", timestamp.encode(), body))
    proof = hmac.new(app.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "Slackbot 1.0 (sandbox)",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={proof}",
    }
    return calling.post(url, body, headers)


def post_hooked(hook: SandboxHook, person: Person, body: bytes, now: float) -> calling.Answer:
    """Post what was said to a room webhook as HipChat does, with a JWT where the webhook asks for one."""
    headers = {"Content-Type": "application/json", "User-Agent": "HipChat.com"}
    if hook.authentication == "jwt":
        claims = {
            "iss": f"sandbox-{hook.token_id}",
            "sub": str(person.number),
            "iat": int(now),
            "exp": int(now) + JWT_LIFE,
            "jti": secrets.token_hex(16),
            "context": {"room_id": hook.room.api_id, "user_tz": "UTC"},
        }
        headers["Authorization"] = "JWT " + jwt.encode(claims, hook.token.oauth_secret, algorithm="HS256")
    return calling.post(hook.url, body, headers)
