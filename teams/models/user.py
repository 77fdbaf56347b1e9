from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.with_email(username or "").get()

    def with_email(self, email: str) -> models.QuerySet["User"]:
        """The person with that e-mail, whatever its case.

        Not `iexact`: PostgreSQL compares in upper case, where other letters are alike, so that limits a spelling fail.
        """
        return self.alias(lowered=Lower("email")).filter(lowered=email.strip().lower())

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=email.strip().lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **extra)


class Theme(models.TextChoices):
    """How pages look to a person; empty: as the browser asks for it."""

    LIGHT = "light"
    DARK = "dark"


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail is the login; what a person may do is said by memberships alone."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: as the browser says.")
    theme = models.CharField(max_length=5, blank=True, choices=Theme.choices)
    is_active = models.BooleanField(default=True)
    session_stamp = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_whatever_its_case")]
        ordering = ["email"]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """How the admin greets the person."""
        return str(self)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions end with a new password and, by `session_stamp`, with a changed role."""
        return salted_hmac(
            "teams.session", f"{self.session_stamp}:{self.password}", secret, algorithm="sha256"
        ).hexdigest()

    @property
    def is_staff(self) -> bool:
        """Who may enter the admin is decided by the admin site, which asks for memberships."""
        return self.is_active
