"""The one table of what answers without login. Whatever is not in it asks for a login, or below /api/ for a key."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Public:
    """A route as the URL table spells it, or everything `below` it, and why strangers may see it."""

    route: str
    why: str
    below: bool = False

    def covers(self, route: str) -> bool:
        return route.startswith(self.route) if self.below else route == self.route


PROBES = (
    Public("healthz", "says that the process lives"),
    Public("readyz", "says that the database answers and is migrated"),
)
TOKENED = (Public("metrics", "tells whoever holds its token how the house fares, and nobody's names"),)
PUBLIC = (
    *PROBES,
    *TOKENED,
    Public("", "the start, which leads to the login"),
    Public("login/", "the way in"),
    Public("reset/", "asks for the mail that lets one set a password", below=True),
    Public("invitations/<token>/", "shows an invitation to whoever has its link"),
    Public("i/<str:token>.png", "draws the graph of an alert for whoever has its signed address, for a while"),
    Public("mail/confirm/<str:token>/", "lets an address say that it wants a team's mail"),
    Public("mail/stop/<str:token>/", "lets an address have a team's mail stopped"),
    Public("mail/act/<str:token>/", "lets a member act on an alert by the link in their mail, for a week"),
    Public("hooks/<slug:kind>/<str:door>/", "hears what people do in chats, each call with its own proof"),
    Public("api/v1/schema/", "describes the API, and nobody's things"),
    Public("api/v1/docs/", "the same, to read"),
    Public("^api/", "says that there is no such call"),
    *((Public("sandbox/", "the demo's own chat", below=True),) if settings.DEMO else ()),
)


def is_public(route: str) -> bool:
    return any(public.covers(route) for public in PUBLIC)
