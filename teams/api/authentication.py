"""`Authorization: Bearer <key>`: the key's team is the scope of the call."""

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from teams import keys
from teams.access import Actor
from teams.models import Role

HOW = "Send the header Authorization: Bearer <API key>."
LONGEST = 200


class ApiKeyAuthentication(BaseAuthentication):
    """`request.auth` becomes the Actor; `request.user` stays nobody, for a key is no person."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Actor] | None:
        header = get_authorization_header(request).decode("latin-1")
        if not header:
            return None
        scheme, _, plain = header.partition(" ")
        plain = plain.strip()
        if scheme.lower() != "bearer" or not plain or len(plain) > LONGEST:
            raise AuthenticationFailed(f"The Authorization header holds no API key. {HOW}")
        return AnonymousUser(), self._actor(plain)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def _actor(self, plain: str) -> Actor:
        now = timezone.now()
        try:
            key = keys.find(plain, now)
        except keys.KeyRefused as refusal:
            raise AuthenticationFailed(str(refusal)) from None
        keys.note_use(key, now)
        return Actor(team=key.team, role=Role(key.role), key=key, via="api")
