"""Debian's Nagios shows what Bellhop tells it: a measurement in, a state out, through both encryptions of NSCA."""

import textwrap
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.promises.rooms import OPEN
from tests.servers.databases import ROOT
from tests.servers.house import House, wait_for
from tests.servers.nagios import Nagios, judged, missing, running_nagios

pytestmark = [pytest.mark.promise, pytest.mark.skipif(bool(missing()), reason=missing())]

PASSWORD = "NscaPasswordThatNobodyMaySee"
SERVICE = "Slow checkout"
PLACES = {"web01": [SERVICE, "all"], "plain": [SERVICE], "locked": [SERVICE], "bellhop": ["alerts", "bellhop"]}
SENT = "Sent: NSCA gives no answer, so only Nagios shows whether it was taken."


@dataclass
class Scene:
    """A house whose rules tell Nagios at four places: by XOR, in plain, with a wrong password, and as a host."""

    house: House
    nagios: Nagios
    places: dict[str, int]
    now: datetime

    def measure(self, test: str, value: float, seconds: int) -> None:
        """A value that came in `seconds` after the moment that all this is about."""
        at = (self.now + timedelta(seconds=seconds)).isoformat()
        point = {"test": test, "metric": "response_time", "source": "fra1", "observed_at": at, "value": value}
        self.house.post("/measurements/", {"measurements": [point], "notify": "always"})

    def shows(self, code: int, host: str, service: str = SERVICE) -> tuple[int, str, str]:
        """What Nagios shows there once it is in the state `code`."""

        def look() -> tuple[int, str, str] | None:
            state = self.nagios.state(host, service)
            return state if state and state[0] == code else None

        found = wait_for(look, what=f"{host} / {service} in state {code}: {self.nagios.log()}")
        assert found
        return found


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    data_dir: Path = tmp_path_factory.mktemp("house") / "data"
    with ExitStack() as stack:
        nagios = stack.enter_context(running_nagios(PLACES))
        xor = stack.enter_context(nagios.nsca(1, PASSWORD))
        plain = stack.enter_context(nagios.nsca(0))
        house = stack.enter_context(House(data_dir))
        house.found_team()
        house.post("/tests/", {"slug": "checkout", "name": "Checkout", "interval": 10, "labels": {"host": "web01"}})
        for slug in ("one", "two"):
            house.post("/tests/", {"slug": slug, "name": slug, "interval": 10, "labels": {"host": "web01"}})
        configs: dict[str, dict[str, Any]] = {
            "xor": {"port": xor, "password": PASSWORD, "host_name": "{label:host}"},
            "plain": {"port": plain, "encryption": "none", "host_name": "plain"},
            "wrong": {"port": xor, "password": "AnotherPassword", "host_name": "locked"},
            "host": {"port": xor, "password": PASSWORD, "host_name": "plain", "service_name": ""},
            "worst": {"port": xor, "password": PASSWORD, "host_name": "web01", "service_name": "all"},
        }
        bodies: list[dict[str, Any]] = [
            {"kind": "nagios", "name": name, "config": {"server": "127.0.0.1", **config}}
            for name, config in configs.items()
        ]
        places = {body["name"]: house.post("/integrations/", body)["id"] for body in bodies}
        yield Scene(house, nagios, places, datetime.now(UTC).replace(microsecond=0))


def add_rule(scene: Scene, name: str, tests: list[str], places: list[str], severity: str = "critical") -> None:
    scene.house.post(
        "/rules/",
        {
            "name": name,
            "severity": severity,
            "conditions": [{"metric": "response_time", "operator": ">", "threshold": 500}],
            "tests": tests,
            "integrations": [scene.places[place] for place in places],
        },
    )


def ended(scene: Scene, place: str) -> list[dict[str, Any]]:
    """The deliveries to that place, once none is open any more."""
    found: list[dict[str, Any]] = scene.house.get(f"/deliveries/?integration={scene.places[place]}")["results"]
    return [] if OPEN & {each["state"] for each in found} else found


def test_a_measurement_turns_the_service_red_and_green_again(scene: Scene) -> None:
    add_rule(scene, SERVICE, ["checkout"], ["xor", "plain", "wrong", "host"])
    scene.measure("checkout", 812.5, -30)

    for host in ("web01", "plain"):
        _, output, values = scene.shows(2, host)
        assert output.startswith("#1 CRITICAL: Slow checkout on Checkout")
        assert "/t/ops/views/checkout/?at=" in output
        assert values == "'response_time fra1'=812.5"
    assert scene.shows(1, "plain", "")[1].startswith("#1 CRITICAL")

    scene.measure("checkout", 100.0, -20)
    scene.measure("checkout", 100.0, -10)
    for host in ("web01", "plain"):
        assert scene.shows(0, host)[1].startswith("#1 CLEARED")
    assert scene.shows(0, "plain", "")[1].startswith("#1 CLEARED")


def test_a_wrong_password_is_sent_all_the_same_and_nagios_hears_nothing(scene: Scene) -> None:
    found = wait_for(lambda: ended(scene, "wrong"), what="the end of every delivery")
    assert {each["state"] for each in found} == {"delivered"}
    assert {attempt["detail"] for each in found for attempt in each["attempts"]} == {SENT}
    assert scene.nagios.state("locked", SERVICE) is None


def test_the_test_button_says_sent_and_shows_at_the_test_service(scene: Scene) -> None:
    result = scene.house.post(f"/integrations/{scene.places['xor']}/test/")
    assert (result["ok"], result["status"], result["detail"]) == (True, None, SENT)
    wait_for(lambda: "RESULT;bellhop;bellhop;0;Test message for" in scene.nagios.log(), what="the test")


def test_the_worst_of_several_alerts_is_what_a_service_shows(scene: Scene) -> None:
    add_rule(scene, "Mild", ["one"], ["worst"], "minor")
    add_rule(scene, "Bad", ["two"], ["worst"], "critical")
    scene.measure("two", 900.0, -30)
    scene.shows(2, "web01", "all")
    scene.measure("one", 900.0, -30)
    wait_for(lambda: "2 alerts are open" in scene.shows(2, "web01", "all")[1], what="both alerts")

    scene.measure("two", 1.0, -20)
    scene.measure("two", 1.0, -10)
    assert scene.shows(1, "web01", "all")[1].startswith("#")
    scene.measure("one", 1.0, -20)
    scene.measure("one", 1.0, -10)
    scene.shows(0, "web01", "all")


def test_a_refresh_comes_by_itself(scene: Scene) -> None:
    wait_for(lambda: "RESULT;bellhop;bellhop;0;Bellhop is at work" in scene.nagios.log(), what="a refresh")


def test_no_password_stands_in_any_log(scene: Scene) -> None:
    assert PASSWORD not in scene.house.said()
    assert PASSWORD not in scene.nagios.log()


def test_nagios_takes_the_definitions_of_our_page(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "nagios.md").read_text()
    pasted = page[page.index("    define command {") : page.index("`check_freshness` on")]
    assert "Checked 3 hosts" in judged(tmp_path, textwrap.dedent(pasted))
