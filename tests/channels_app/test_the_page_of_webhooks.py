"""docs/webhooks.md to the letter: its receiver runs, its examples are what is sent, its templates are good."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests  # noqa: TID251 - plays again what was sent

from channels_app.contract import Delivered, HttpCall, Reason, Rejected
from channels_app.doors import Doors, Policy, run
from channels_app.doors.guard import networks
from channels_app.registry import kind
from channels_app.webhook.checking import problem_with
from channels_app.webhook.engine import FILTERS, MOST_STEPS, TAGS
from channels_app.webhook.templates import MOST_TAGS, TAG_LIMIT
from channels_app.words import Story
from tests.channels_app.samples import CLEARED, MESSAGES, TRIGGERED
from tests.patience import PATIENT

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
WEBHOOK = kind("webhook")
SECRET = "the signing secret of this integration"


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The page's receiver at an address, and what it handled."""
    parts: dict[str, Any] = {"__name__": "receiver"}
    exec(blocks("python")[0], parts)
    handled: list[dict[str, Any]] = []
    parts["handle"] = handled.append
    parts["Receiver"].log_message = lambda *_: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), parts["Receiver"])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", handled
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_receiver_takes_what_is_bellhops_once_and_nothing_else(
    receiver: tuple[str, list[dict[str, Any]]],
) -> None:
    url, handled = receiver
    doors = Doors(Policy(networks(["127.0.0.0/8"])))

    def told(message: Any, secret: str) -> Any:
        settings = WEBHOOK.spec.settings({"url": url, "secret": secret})
        return run(WEBHOOK.send(WEBHOOK.render(message, settings), settings, ""), doors)

    outcome, ((call, _),) = told(TRIGGERED, SECRET)
    again, _ = told(TRIGGERED, SECRET)
    cleared, _ = told(CLEARED, SECRET)
    strange, _ = told(TRIGGERED, "another secret of twenty")
    doors.close()

    assert isinstance(outcome, Delivered)
    assert isinstance(again, Delivered)
    assert isinstance(cleared, Delivered)
    assert strange == Rejected(Reason.BAD_CREDENTIALS)
    assert [each["event"] for each in handled] == ["triggered", "cleared"]
    assert isinstance(call, HttpCall)
    assert requests.post(url, call.body + b" ", headers=call.headers, timeout=PATIENT).status_code == 401
    assert requests.post(url, call.body, timeout=PATIENT).status_code == 401
    assert len(handled) == 2


def test_the_example_of_the_generic_body_is_what_is_sent() -> None:
    settings = WEBHOOK.spec.settings({"url": "https://hooks.example.org/x"})
    assert json.loads(blocks("json")[0]) == json.loads(WEBHOOK.render(TRIGGERED, settings)["body"])


@pytest.mark.parametrize(
    ("number", "content_type"), [(0, "application/json"), (1, "application/x-www-form-urlencoded")]
)
def test_the_templates_are_good_and_tell_every_message(number: int, content_type: str) -> None:
    template = blocks("liquid")[number]
    assert problem_with(template, content_type) == ""
    config = {"url": "https://hooks.example.org/x", "body": "template", "template": template}
    settings = WEBHOOK.spec.settings({**config, "content_type": content_type})
    assert [WEBHOOK.render(message, settings)["problem"] for message in MESSAGES.values()] == [""] * len(MESSAGES)


def test_the_page_names_what_there_is() -> None:
    prose = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", prose))))
    assert TAGS - {tag for tag in TAGS if tag.startswith("end")} <= words
    assert FILTERS.keys() <= words
    assert {str(story) for story in Story} <= words
    for limit in (f"{MOST_TAGS} tags", f"{TAG_LIMIT} characters", f"{MOST_STEPS:,} steps"):
        assert limit in PAGE
