"""Refusals that a service may raise besides Django's ValidationError and PermissionDenied."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError


class Conflict(Exception):
    """What was asked for does not fit the present state; nothing was changed. The API answers 409 with the message."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TooOften(Exception):
    """A limit of the action itself was reached; `wait` is in whole seconds. The API answers 429 with the message."""

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.message = message
        self.wait = wait


class TooMuch(Exception):
    """More than may be kept, or than ever goes through a limit; waiting alone does not help. The API answers 413."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def texts_of(refusal: ValidationError) -> dict[str, list[str]]:
    """Field -> texts; what concerns no field stands at NON_FIELD_ERRORS."""
    return dict(refusal.message_dict) if hasattr(refusal, "error_dict") else {NON_FIELD_ERRORS: refusal.messages}
