"""Refusals that a service may raise besides Django's ValidationError and PermissionDenied."""


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
