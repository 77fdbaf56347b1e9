"""What every card shows, in whatever dialect: nothing that a message says is left out of it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from channels_app.contract import Message
from channels_app.registry import kind
from channels_app.subject import Picture
from tests.channels_app.samples import TRIGGERED, config_for, digest

ROOMS = ("slack", "hipchat", "msteams", "mattermost", "discord", "telegram")
PICTURE = Picture("https://bell.example/graphs/abc.png", "abc", "response_time of Checkout")


def told(name: str, message: Message, **config: Any) -> str:
    found = kind(name)
    payload = found.render(message, found.spec.settings({**config_for(name, "https://remote.example"), **config}))
    return json.dumps(payload["body"], ensure_ascii=False)


@pytest.mark.parametrize("name", ROOMS)
def test_a_digest_says_what_has_to_be_said_besides(name: str) -> None:
    note = "3 alert messages were not delivered here within 24 hours and will not be told any more"
    assert note in told(name, replace(digest(30), note=note))
    assert note in told(name, replace(TRIGGERED, note=note))


@pytest.mark.parametrize("name", ROOMS)
def test_a_message_shows_its_graph_where_it_has_one(name: str) -> None:
    assert PICTURE.url not in told(name, TRIGGERED)
    assert PICTURE.url in told(name, replace(TRIGGERED, picture=PICTURE))
    assert "javascript" not in told(name, replace(TRIGGERED, picture=replace(PICTURE, url="javascript:alert(1)")))
