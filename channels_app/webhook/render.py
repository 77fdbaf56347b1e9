"""A message as the body that a web hook gets: one of the known shapes, or the team's own template."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from channels_app.contract import Message, Payload
from channels_app.webhook import alertmanager, mackerel, thousandeyes
from channels_app.webhook.document import document, id_of
from channels_app.webhook.spec import TEMPLATE, WebhookSettings
from channels_app.webhook.types import JSON

PRESETS: Mapping[str, Callable[[Message], Mapping[str, Any]]] = {
    "generic": document,
    "thousandeyes": thousandeyes.body,
    "alertmanager": alertmanager.body,
    "mackerel": mackerel.body,
}


def render(message: Message, settings: WebhookSettings) -> Payload:
    """`id`, `body` and `content_type`; or, where the template cannot be filled in, no body but a `problem`."""
    if settings.body == TEMPLATE:
        return _from_template(message, settings)
    body = orjson.dumps(PRESETS[settings.body](message)).decode()
    return {"id": id_of(message), "content_type": JSON, "body": body, "problem": ""}


def _from_template(message: Message, settings: WebhookSettings) -> Payload:
    # The engine takes 20 MB: only those who use templates have it in memory.
    from channels_app.webhook import engine, templates

    whole = {"id": id_of(message), "content_type": settings.content_type}
    try:
        body = templates.filled(settings.template, settings.content_type, document(message))
    except engine.BadTemplate as bad:
        return {**whole, "body": "", "problem": f"the template cannot be used: {bad}"}
    return {**whole, "body": body, "problem": ""}
