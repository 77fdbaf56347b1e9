"""A whole address that was pasted is taken apart into the fields that it fills, before anything is saved."""

import pytest

from channels_app import registry

TOKEN = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCd"
HIPCHAT = registry.kind("hipchat").spec.form


def test_a_notification_url_becomes_server_room_and_token() -> None:
    url = f" https://ops.hipchat.example:8443/sub/v2/room/Ops%20Room/notification?auth_token={TOKEN} "

    parts = HIPCHAT.parts_of({"url": url})

    assert parts == {"server": "https://ops.hipchat.example:8443/sub", "room": "Ops Room", "token": TOKEN, "url": None}


def test_without_a_token_in_the_url_the_typed_one_stays() -> None:
    parts = HIPCHAT.parts_of({"url": "https://hipchat.example/v2/room/7/notification", "token": "typed"})

    assert "token" not in parts
    assert parts["room"] == "7"


@pytest.mark.parametrize("text", ["", None, "words", "https://[broken/v2/room/1", "/v2/room/1", "https://x.example/a"])
def test_anything_else_is_left_as_it_was_typed(text: str | None) -> None:
    assert HIPCHAT.parts_of({"url": text}) == {}


@pytest.mark.parametrize("kind", [each.spec.kind for each in registry.kinds()])
def test_every_kind_answers(kind: str) -> None:
    form = registry.kind(kind).spec.form

    assert form.parts_of({}) == {}
    assert set(form.parted_fields) <= set(form.base_fields)
