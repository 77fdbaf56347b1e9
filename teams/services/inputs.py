"""What several services ask of their input."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from teams.models import Role
from teams.words import one_line

NAME_LENGTH = 100


def checked_name(text: str, field: str = "name") -> str:
    """The name on one line; ValidationError at `field` if it is empty or too long."""
    name = one_line(text)
    if not name:
        raise ValidationError({field: ["This must not be empty."]})
    if len(name) > NAME_LENGTH:
        raise ValidationError({field: [f"This has {len(name)} characters; at most {NAME_LENGTH} are allowed."]})
    return name


def checked_email(text: str, field: str = "email") -> str:
    """The address in lower case; ValidationError at `field` if it is none."""
    email = text.strip().lower()
    try:
        validate_email(email)
        sound = email.isprintable()  # quotes and domains may hold control characters for Django
    except ValidationError:
        sound = False
    if not sound:
        raise ValidationError({field: [f"{one_line(text)[:80]!r} is no e-mail address."]})
    return email


def checked_role(text: str) -> Role:
    """The role; ValidationError at `role` that names the known ones."""
    if text not in Role.values:
        raise ValidationError({"role": [f"{one_line(text)[:40]!r} is no role; known are {', '.join(Role.values)}."]})
    return Role(text)
