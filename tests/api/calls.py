"""How tests call the API: with a key, in JSON."""

import json
from typing import Any

from django.test import Client
from django.utils import timezone

from teams import services
from teams.models import Role, Team


class ApiClient(Client):
    """A client that holds a key; `send` takes a body as an object or as text."""

    def __init__(self, key: str) -> None:
        super().__init__(headers={"Authorization": f"Bearer {key}"})

    def send(self, method: str, path: str, body: Any = "", **extra: Any) -> Any:
        content = body if isinstance(body, str) else json.dumps(body)
        return self.generic(method, path, content, **{"content_type": "application/json", **extra})


def key_of(team: Team, role: str = Role.MEMBER, name: str = "") -> str:
    """A new key, made as the operator's command makes them."""
    return services.create_api_key(None, team, name or role, role, None, timezone.now())[1]
