"""The signed tokens (JWT) by which a HipChat server proves its calls. Pure."""

from datetime import datetime
from typing import Any

import jwt

from channels_app.hearing import Forged, Request

LEEWAY = 60.0
OLDEST = 3_600.0  # seconds after its making; a used one is remembered for longer
_NEEDED = ("exp", "iat", "jti", "sub")


def claims_of(request: Request, secret: str) -> dict[str, Any]:
    """What the call's token says; `Forged` unless there is one, signed with `secret` by HS256 and whole."""
    try:
        return jwt.decode(
            _token(request),
            secret,
            algorithms=["HS256"],
            # Times are judged by `check_times`, against the caller's clock; a subject may be a number.
            options={
                "require": list(_NEEDED),
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": False,
                "verify_sub": False,
            },
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise Forged(f"no good token: {type(error).__name__}") from None


def check_times(claims: dict[str, Any], now: datetime) -> None:
    """`Forged` where the token is over, older than an hour, or of the future."""
    at = now.timestamp()
    made, ends = _moment(claims["iat"]), _moment(claims["exp"])
    begins = _moment(claims.get("nbf", claims["iat"]))
    if ends <= at - LEEWAY:
        raise Forged("the token is over")
    if max(made, begins) > at + LEEWAY:
        raise Forged("the token is of the future")
    if made < at - OLDEST:
        raise Forged("the token is too old")


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.upper() == "JWT" else request.query.get("signed_request", "")


def _moment(value: Any) -> float:
    """Epoch seconds; `Forged` for what is no number, or one that no clock shows."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise Forged("the token has a time that is none")
    return float(value)
