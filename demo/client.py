"""A client of Bellhop's API, as anybody would write one: requests, a key, and patience where the API asks for it."""

import time
from collections.abc import Callable
from typing import Any

import requests  # noqa: TID251 - a client of our own API

TRIES = 8
LONGEST_WAIT = 30.0


class Refused(Exception):
    """The API said no; the text says why, in its words."""


class Client:
    """Posts to the API at `url` with `key`. Waits out 429 and short outages; raises `Refused` for the rest."""

    def __init__(self, url: str, key: str, sleep: Callable[[float], object] = time.sleep) -> None:
        self._url = url.rstrip("/") + "/api/v1"
        self._sleep = sleep
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {key}"

    def measure(self, points: list[dict[str, Any]], notify: str = "auto") -> dict[str, Any]:
        """Post up to 5,000 measurements; the answer with `accepted` and `rejected`."""
        return self._post("/measurements/", {"notify": notify, "measurements": points})

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        for attempt in range(TRIES):
            wait = min(LONGEST_WAIT, 0.5 * 2**attempt)
            try:
                answer = self._session.post(self._url + path, json=body, timeout=60)
            except requests.RequestException as error:
                problem = f"{self._url} does not answer: {type(error).__name__}"
            else:
                if answer.ok:
                    return dict(answer.json())
                problem = _words(answer)
                if answer.status_code != 429 and answer.status_code < 500:
                    raise Refused(problem)
                wait = min(LONGEST_WAIT, float(answer.headers.get("Retry-After") or wait))
            if attempt < TRIES - 1:
                self._sleep(wait)
        raise Refused(problem)


def _words(answer: requests.Response) -> str:
    """The problem's detail and its first few errors, on one line."""
    try:
        body = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code}"
    rejected = [f"item {item['index']}: {item['errors']}" for item in body.get("rejected", [])[:3]]
    parts = [body.get("detail") or body.get("title"), body.get("errors"), *rejected]
    return f"HTTP {answer.status_code}: " + "; ".join(str(part) for part in parts if part)
