"""The OpenAPI of what differs by kind, derived from the specs."""

from typing import Any

from channels_app import catalog, registry

_TYPES: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "number": {"type": "integer"},
    "list": {"oneOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]},
    "url": {"type": "string", "format": "uri"},
}


def config_schema() -> dict[str, Any]:
    """The config of an integration: one object for each kind."""
    return {
        "description": "The fields of the kind. Secrets are masked in answers; a mask sent back keeps the secret, "
        "null clears it.",
        "anyOf": [_config_of(catalog.describe(kind)) for kind in registry.kinds()],
    }


def _config_of(kind: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "title": kind["name"],
        "properties": {field["name"]: _property(field) for field in kind["fields"]},
        "additionalProperties": False,
    }


def _property(field: dict[str, Any]) -> dict[str, Any]:
    found = {**_TYPES.get(field["type"], {"type": "string"}), "description": field["help"] or field["label"]}
    if field["choices"]:
        found["enum"] = [choice["value"] for choice in field["choices"]]
    if field["default"] is not None:
        found["default"] = field["default"]
    # A mask is no address, so the format would make answers contradict their own schema.
    return {name: value for name, value in found.items() if not (field["secret"] and name == "format")}


def kinds_schema() -> dict[str, Any]:
    """The answer of /kinds/."""
    text, flag = {"type": "string"}, {"type": "boolean"}
    anything: dict[str, Any] = {"nullable": True}
    choice = {"type": "object", "properties": {"value": text, "label": text}}
    field = {
        **dict.fromkeys(("name", "label", "help", "type", "placeholder"), text),
        **dict.fromkeys(("required", "secret"), flag),
        "default": anything,
        "choices": {"type": "array", "items": choice},
    }
    kind = {
        **dict.fromkeys(("kind", "name", "icon", "summary"), text),
        "setup": {"type": "array", "items": text},
        "fields": {"type": "array", "items": {"type": "object", "properties": field}},
        "abilities": {"type": "object", "additionalProperties": True},
        "rate": {"type": "object", "additionalProperties": {"type": "number"}, "nullable": True},
    }
    return {"type": "array", "items": {"type": "object", "properties": kind}}
