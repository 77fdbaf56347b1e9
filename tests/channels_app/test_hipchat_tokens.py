"""HipChat's signed tokens: whoever shows one is of this room, is this person, and shows it in its time."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given

from channels_app.hearing import Forged, Heard, Request
from channels_app.hipchat.inbound import HEAR
from channels_app.hipchat.spec import HipChatSettings
from tests.channels_app.test_hipchat_hears import CLAIMS, NOW, OPEN, SIGNED, SPOKEN, VALUES, hear, request, within
from tests.servers.hipchat import NAME, ROOM, forged, token


def refused(call: Request, settings: HipChatSettings = SIGNED, now: datetime = NOW) -> str:
    with pytest.raises(Forged) as found:
        HEAR.verify(call, settings, now)
    return str(found.value)


@pytest.mark.parametrize("scheme", ["JWT", "jwt", "Jwt"])
def test_the_right_token_is_taken_from_the_header_and_from_the_query(scheme: str) -> None:
    right = token(CLAIMS)
    for call in (
        replace(request(), headers={"authorization": f"{scheme} {right}"}),
        request(query=right),
        replace(request(query=right), headers={"authorization": "Bearer x"}),
    ):
        heard = hear(call, SIGNED)
        assert isinstance(heard, Heard)
        assert heard.once == "jti-1"


def test_where_a_secret_is_configured_a_call_without_a_token_is_forged() -> None:
    assert refused(request()) == "no good token: DecodeError"
    assert refused(replace(request(), headers={"authorization": f"Bearer {token(CLAIMS)}"}))


def test_where_none_is_configured_a_token_adds_nothing() -> None:
    heard = hear(request(signed=token(CLAIMS)), OPEN)

    assert isinstance(heard, Heard)
    assert heard.once == SPOKEN["item"]["message"]["id"]


def test_only_the_one_algorithm_and_the_one_secret_are_taken() -> None:
    right, head = token(CLAIMS), {"alg": "HS256", "typ": "JWT"}
    theirs = forged({**CLAIMS, "jti": "jti-2"}, head)
    wrong = {
        "another secret": token(CLAIMS, "x" * 40),
        "HS512 by the right secret": forged(CLAIMS, {"alg": "HS512", "typ": "JWT"}, "sha512"),
        "HS384 by the right secret": forged(CLAIMS, {"alg": "HS384", "typ": "JWT"}, "sha384"),
        "RS256": jwt.encode(CLAIMS, rsa.generate_private_key(65_537, 2_048), algorithm="RS256"),
        "RS256 said of HS256": forged(CLAIMS, {"alg": "RS256", "typ": "JWT"}),
        "none": jwt.encode(CLAIMS, "", algorithm="none"),
        "none said of HS256": forged(CLAIMS, {"alg": "none"}),
        "HS256 without its signature": right.rpartition(".")[0] + ".",
        "a list of algorithms": forged(CLAIMS, {"alg": ["HS256"]}),
        "no algorithm": forged(CLAIMS, {"typ": "JWT"}),
        "claims under the signature of others": f"{theirs.rpartition('.')[0]}.{right.rpartition('.')[2]}",
        "no object": forged([CLAIMS], head),
        "what must be understood": forged(CLAIMS, {**head, "crit": ["x"], "x": 1}),
        "nothing of a token": "a.b.c",
        "no ASCII": "é.\ud800.c",
    }

    for what, each in wrong.items():
        assert refused(request(signed=each)), what
        assert refused(request(query=each)), what
    assert isinstance(hear(request(signed=forged(CLAIMS, head)), SIGNED), Heard)


@pytest.mark.parametrize("name", ["exp", "iat", "jti", "sub"])
def test_a_token_that_lacks_a_claim_is_forged(name: str) -> None:
    lacking = {known: value for known, value in CLAIMS.items() if known != name}

    assert refused(request(signed=token(lacking))) == "no good token: MissingRequiredClaimError"


AT = NOW.timestamp()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"exp": AT - 60}, "the token is over"),
        ({"exp": AT - 59}, ""),
        ({"iat": AT + 61}, "the token is of the future"),
        ({"iat": AT + 59}, ""),
        ({"nbf": AT + 61}, "the token is of the future"),
        ({"iat": AT - 3_601, "exp": AT + 10**9}, "the token is too old"),
        ({"iat": AT - 3_600, "exp": AT + 10**9}, ""),
        ({"exp": 10**400}, "a time that is none"),
        ({"exp": "soon"}, "a time that is none"),
        ({"exp": True}, "a time that is none"),
        ({"iat": -1}, "a time that is none"),
        ({"iat": float("nan")}, "a time that is none"),
        ({"exp": float("inf")}, "a time that is none"),
        ({"nbf": None}, "a time that is none"),
        ({"jti": 7}, "no good token: InvalidJTIError"),
    ],
)
def test_a_token_counts_for_its_time_and_for_an_hour_at_most(more: dict[str, Any], words: str) -> None:
    call = request(signed=token({**CLAIMS, **more}))
    if words:
        assert words in refused(call)
    else:
        assert isinstance(hear(call, SIGNED), Heard)


def test_the_clock_that_counts_is_the_callers() -> None:
    assert refused(request(signed=token(CLAIMS)), now=NOW + timedelta(seconds=961)) == "the token is over"
    assert refused(request(signed=token(CLAIMS)), now=NOW - timedelta(seconds=61)) == "the token is of the future"


@pytest.mark.parametrize("context", [{"room_id": 7}, {"room_id": True}, {"room_id": None}, {}, [ROOM], "x", None])
def test_the_token_of_another_room_is_forged(context: Any) -> None:
    assert refused(request(signed=token({**CLAIMS, "context": context}))) == "the token is of another room"


def test_a_token_of_our_room_does_not_speak_for_another_one() -> None:
    moved = within(within(SPOKEN, "item.room.id", 7), "item.room.name", NAME)

    assert refused(request(moved, token(CLAIMS))) == "the token is of another room"
    assert refused(request(moved, token({**CLAIMS, "context": {"room_id": 7}}))) == "the call is of another room"


@pytest.mark.parametrize("speaker", [7, "7", None])
def test_the_token_of_one_person_does_not_speak_for_another_one(speaker: Any) -> None:
    body = within(SPOKEN, "item.message.from.id", speaker)

    assert refused(request(body, token(CLAIMS))) == "the token is of another person"
    assert refused(request(signed=token({**CLAIMS, "sub": "1661744"}))) == "the token is of another person"


def test_a_person_may_have_a_number_in_the_token_and_a_text_in_the_body() -> None:
    body = within(SPOKEN, "item.message.from.id", "1661743")

    assert isinstance(hear(request(body, token({**CLAIMS, "sub": 1661743})), SIGNED), Heard)


def test_no_reason_repeats_what_was_sent() -> None:
    canary = "canary-4711"
    for call in (request(signed=canary), request(signed=token({**CLAIMS, "sub": canary, "context": canary}))):
        assert canary not in refused(call)


@given(VALUES)
def test_a_token_that_says_anything_at_all_is_taken_or_forged_and_never_an_error(said: Any) -> None:
    head = {"alg": "HS256"}
    refused(request(signed=forged(said, head)))
    refused(request(signed=forged({**CLAIMS, "context": said}, head)))
    for name in ("exp", "iat", "nbf", "jti", "sub", "iss", "aud"):
        with suppress(Forged):
            HEAR.verify(request(signed=forged({**CLAIMS, name: said}, head)), SIGNED, NOW)
