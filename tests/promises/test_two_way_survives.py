"""Promise: whatever is killed between a press in Slack and its message, it is done once, and the message is true."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests  # noqa: TID251 - asks our own server

from tests.hearing import calling
from tests.promises.chats import Chats
from tests.promises.conftest import ENGINES, POSTGRES
from tests.promises.mortals import Mortal, mortal
from tests.promises.rooms import kill
from tests.servers.databases import postgres_database
from tests.servers.house import wait_for
from tests.servers.http import Answer, Request
from tests.servers.mortal.nursery import DIED, ORDER
from tests.servers.mortal.web import AFTER, BEFORE
from tests.servers.slack import Slack

pytestmark = pytest.mark.promise
ANN = "ann@example.com"


class Stage(Chats):
    """The chats of a house whose web server and whose sender die where they are told to."""

    def __init__(self, mortal: Mortal, slack: Slack, web: Path) -> None:
        super().__init__(mortal.house, slack)
        self.mortal, self.web = mortal, web

    def kill_the_web_server(self, place: str) -> None:
        """The next time that it obeys a chat."""
        (self.web / DIED).unlink(missing_ok=True)
        (self.web / "draft").write_text(place)
        (self.web / "draft").replace(self.web / ORDER)

    def kill_the_sender(self, method: str) -> None:
        """Once, when Slack has taken the next call of `method`: nobody hears of it."""
        pid, decide = self.mortal.sender(), self.slack.decide
        assert decide

        def deadly(request: Request) -> Answer:
            answer = decide(request)
            if not request.path.endswith(method):
                return answer
            self.slack.decide = decide
            kill(pid)
            return Answer(manner="close")

        self.slack.decide = deadly

    def dies_of(self, call: calling.Call) -> None:
        """Make a call that the web server does not survive."""
        with pytest.raises(requests.ConnectionError):
            call.to(self.session, self.house.url)
        assert (self.web / DIED).exists()
        for kept in (self.session, self.browser, self.house._session):
            kept.close()  # their connections died too

    def settle(self) -> None:
        """Wait until nothing is to be told any more."""

        def look() -> bool:
            rows = self.house.get("/deliveries/?page_size=1000")["results"]
            return not {"pending", "sending"} & {row["state"] for row in rows}

        wait_for(look, what="the end of every delivery")


@pytest.fixture(scope="module", params=ENGINES)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("house")
    (folder / "web").mkdir()
    with ExitStack() as stack:
        env = {"MORTAL_WEB": str(folder / "web")}
        if request.param == "postgresql":
            env["DATABASE_URL"] = stack.enter_context(postgres_database(POSTGRES))
        slack = stack.enter_context(Slack())
        yield Stage(stack.enter_context(mortal(folder / "data", **env)), slack, folder / "web")


@pytest.fixture
def alert(stage: Stage) -> Iterator[int]:
    """One that is open, and told in a message of its own."""
    stage.settle()
    yield stage.alarm()
    stage.measure(1)
    stage.settle()


def test_what_was_done_before_the_answer_was_lost_is_done_once(stage: Stage, alert: int) -> None:
    stage.kill_the_web_server(AFTER)
    stage.dies_of(stage.press("ack", stage.cards()[-1]))
    assert stage.events(alert) == [("acknowledged", ANN)]
    card = stage.shows(f"#{alert} ACKNOWLEDGED")

    before = len(stage.answers())
    again = stage.press("ack", card).to(stage.session, stage.house.url)

    assert again.status_code == 200
    wait_for(lambda: len(stage.answers()) > before, what="the answer")
    assert f"#{alert} was acknowledged by" in stage.answers()[-1]
    assert "already" in stage.say(f"ack {alert}").text
    assert stage.events(alert) == [("acknowledged", ANN)]


def test_what_was_not_done_yet_may_come_again_as_it_was(stage: Stage, alert: int) -> None:
    stage.kill_the_web_server(BEFORE)
    press = stage.press("ack", stage.cards()[-1])
    stage.dies_of(press)
    assert stage.events(alert) == []

    assert press.to(stage.session, stage.house.url).status_code == 200
    assert press.to(stage.session, stage.house.url).status_code == 401, "only what was done is a replay"
    assert stage.events(alert) == [("acknowledged", ANN)]
    stage.shows(f"#{alert} ACKNOWLEDGED")


def test_an_update_that_nobody_heard_of_is_made_again(stage: Stage, alert: int) -> None:
    card, messages = stage.cards()[-1], len(stage.cards())
    stage.kill_the_sender("chat.update")

    stage.say(f"ack {alert}")
    stage.settle()

    assert len(stage.cards()) == messages
    assert [body["text"].partition(":")[0] for body in card.bodies[1:]] == [f"#{alert} ACKNOWLEDGED (critical)"] * 2
    stage.say(f"close {alert} known")
    assert stage.shows(f"#{alert} CLEARED").ref == card.ref


def test_a_message_that_nobody_heard_of_is_at_most_twice_there_and_one_of_them_lives(stage: Stage) -> None:
    stage.settle()
    messages = len(stage.cards())
    stage.kill_the_sender("chat.postMessage")

    alert = stage.alarm()
    stage.settle()

    posted = stage.cards()[messages:]
    assert 1 <= len(posted) <= 2
    stage.say(f"ack {alert}")
    stage.shows(f"#{alert} ACKNOWLEDGED")
    stage.say(f"close {alert} known")
    living = stage.shows(f"#{alert} CLEARED")
    stage.settle()
    assert [len(each.bodies) for each in posted] == [1] * (len(posted) - 1) + [3]
    assert living is posted[-1]
    stage.measure(1)
