"""What holds for every page of a team, generated from the URL table: new pages are covered by themselves.

Whose things a page shows is tested in test_whose_is_it.py.
"""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config.public_urls import is_public
from teams.models import User
from tests.addresses import World, address, furnish, routes
from tests.admin.conftest import everything
from tests.conftest import Cast
from tests.crowds import crowd
from tests.hostile import poison

MOST_QUERIES = 25
NUMBER = re.compile(r"\d+")
POLICY = {
    "default-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}
# What a login or a page view may write for itself.
OWN_TRACES = {"teams.User", "teams.Counter"}


class Inline(HTMLParser):
    """What a content policy without 'unsafe-inline' refuses, and links that are no links, in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.found += [f"<{tag} {name}>" for name in known if name == "style" or name.startswith(("on", "hx-on"))]
        if tag == "style" or (tag == "script" and "src" not in known and known.get("type") != "application/json"):
            self.found.append(f"<{tag}>")
        leads = str(known.get("href") or "").strip().lower()
        if leads.startswith(("javascript:", "data:", "vbscript:")):
            self.found.append(f"<{tag} href={leads[:20]}>")
        if leads.startswith(("http:", "https:")) and known.get("rel") != "noopener noreferrer":
            self.found.append(f"<{tag} href> elsewhere without rel")


@pytest.fixture
def world(cast: Cast) -> World:
    made = furnish(cast.team, cast.owner, "mine", "mine")
    crowd(made, 3)
    return made


def pages() -> list[str]:
    """The routes that are neither API nor admin."""
    return [route for route in routes() if not route.startswith(("api/", "^api/", "admin/"))]


def team_pages() -> list[str]:
    return [route for route in pages() if route.startswith("t/")]


def in_as(person: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def html_of(response: Any) -> str:
    is_html = response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming
    return response.content.decode() if is_html else ""


def test_every_team_page_opens_for_a_viewer(world: World, cast: Cast) -> None:
    viewer = in_as(cast.viewer)

    answers = {path: viewer.get(path).status_code for path in (address(r, world)[0] for r in team_pages())}

    # 302: the start of the team; 403: forms of what a viewer may not change; 405: addresses that only take POST.
    assert {path: status for path, status in answers.items() if status not in (200, 302, 403, 405)} == {}
    assert Counter(answers.values())[200] >= 6


def test_a_viewer_changes_nothing_by_any_request(world: World, cast: Cast) -> None:
    viewer, found = in_as(cast.viewer), []
    before = everything()

    for path in (address(route, world)[0] for route in team_pages()):
        shown = viewer.get(path).status_code  # pages that only show do not care how they are asked
        for method in ("post", "put", "patch", "delete"):
            for headers in ({}, {"HX-Request": "true"}):
                status = getattr(viewer, method)(path, headers=headers).status_code
                if status not in (403, 404, 405, shown):
                    found.append(f"{method} {path}: {status}")

    after = everything()
    assert {name for name in before if before[name] != after[name]} <= OWN_TRACES
    assert found == []


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_nothing_changes_without_the_token_of_a_page_or_by_looking(
    headers: dict[str, str], world: World, cast: Cast
) -> None:
    owner, found = Client(enforce_csrf_checks=True, raise_request_exception=False), []
    owner.force_login(cast.owner)
    before = everything()

    for path in (address(route, world)[0] for route in pages() if route != "logout/"):
        owner.get(path, headers=headers)
        # 401: hooks, which ask for another proof than a page's.
        if (status := owner.post(path, headers=headers).status_code) not in (401, 403, 404):
            found.append(f"{path}: {status}")

    after = everything()
    assert {name for name in before if before[name] != after[name]} <= OWN_TRACES
    assert found == []


@pytest.mark.parametrize("who", ["owner", "viewer", ""])
def test_no_page_holds_what_the_content_policy_refuses(who: str, world: World, cast: Cast) -> None:
    client, found = in_as(getattr(cast, who)) if who else Client(), []

    for route in pages() if who else filter(is_public, pages()):
        path = address(route, world)[0]
        response = client.get(path)
        found += [f"{path}: {each}" for each in Inline(html_of(response)).found]
        if html_of(response) and set(response.headers["Content-Security-Policy"].split("; ")) != POLICY:
            found.append(f"{path}: another policy")
        if html_of(response) and response.headers.get("X-Frame-Options") != "DENY":
            found.append(f"{path}: can be framed")

    assert found == []


def test_hostile_text_in_every_column_stays_text(world: World, cast: Cast) -> None:
    poison(cast.team)
    owner, found, seen = in_as(User.objects.get(pk=cast.owner.pk)), [], 0

    for path in (address(route, world)[0] for route in pages()):
        response = owner.get(path)
        html, kind = html_of(response), response.headers.get("Content-Type", "")
        seen += "&lt;script&gt;alert(1)" in html
        found += [f"{path}: {each}" for each in (*Inline(html).found, *re.findall(r"<script>alert|<img src=x", html))]
        if response.status_code == 200 and response.headers.get("X-Content-Type-Options") != "nosniff":
            found.append(f"{path}: {kind} can be taken for a page")
        if response.status_code >= 500:
            found.append(f"{path}: status {response.status_code}")

    assert found == []
    assert seen > 5


def test_no_cache_keeps_a_page_of_a_team(world: World, cast: Cast) -> None:
    owner, found = in_as(cast.owner), []

    for path in ["/t/ops/nothing/", *(address(route, world)[0] for route in team_pages())]:
        if "no-store" not in owner.get(path).headers.get("Cache-Control", ""):
            found.append(path)

    assert found == []


def test_what_is_refused_before_any_page_cannot_be_framed_either(db: None) -> None:
    answers = [Client().get("/login/?next=%00"), Client().get("/login/", headers={"Host": "evil.example"})]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert [answer.headers["X-Frame-Options"] for answer in answers] == ["DENY"] * 2
    assert all(set(answer.headers["Content-Security-Policy"].split("; ")) == POLICY for answer in answers)


@pytest.mark.parametrize("who", ["owner", ""])
def test_no_page_takes_in_a_large_upload(who: str, world: World, cast: Cast, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    client, taken = in_as(getattr(cast, who)) if who else Client(raise_request_exception=False), []

    for path in (address(route, world)[0] for route in pages()):
        upload = SimpleUploadedFile("large.bin", b"x" * 2_000)
        if client.post(path, {"file": upload}).status_code != 400:
            taken.append(path)

    assert taken == []


def test_more_rows_cost_no_page_more_queries(world: World, cast: Cast) -> None:
    owner = in_as(cast.owner)
    paths = [address(route, world)[0] for route in team_pages()]
    few = {path: queries(owner, path) for path in paths}

    crowd(world, 30, "more")

    grown = {path: f"{few[path]} -> {now}" for path in paths if (now := queries(owner, path)) > few[path]}
    assert grown == {}
    assert {path: count for path, count in few.items() if count > MOST_QUERIES} == {}


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return len(asked)
