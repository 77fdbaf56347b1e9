from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class StrictFields(serializers.Serializer[Any]):
    """A mixin: names that the serializer does not know are refused, each at its name.

    Read-only names are taken and ignored, so that what was read can be sent back.
    """

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            detail = error.detail if isinstance(error.detail, dict) else {}
            raise serializers.ValidationError({**detail, **unknown}) if unknown else error from None
        if unknown:
            raise serializers.ValidationError(unknown)
        return value

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        known = ", ".join(name for name, field in self.fields.items() if not field.read_only)
        return {name: [f"Unknown field. Known are: {known}."] for name in data if name not in self.fields}
