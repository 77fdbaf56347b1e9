"""Form fields of kinds: which are secret, which name the remote's address."""

from typing import Any, ClassVar

from django import forms


class KindForm(forms.Form):
    """A kind's fields. `cleaned_data` is the config as stored (JSON values only).

    `secret_fields` are encrypted, masked and write-only. A change in what `address_fields` point to (scheme, host,
    port)
    asks for every secret again, so that nobody can have a kept secret sent to a host of their own.
    """

    secret_fields: ClassVar[tuple[str, ...]] = ()
    address_fields: ClassVar[tuple[str, ...]] = ()

    def config(self) -> dict[str, Any]:
        """The cleaned values without empty ones."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
