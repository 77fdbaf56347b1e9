"""Webhook: takes any 2xx for a yes, and shows no words of a server that may be anybody's."""

from channels_app.contract import Reason
from tests.channels_app.kinds.sample import Sample
from tests.failings.rows import delivered, never
from tests.servers.http import Answer

TOKEN = "BearerTokenOfTheReceiver17"
PATH = "SecretPathOfTheHook"
HEADER = "ValueOfTheExtraHeader"
SIGNING = "signing-secret-of-twenty-and-more"
PREVIOUS = "the-secret-that-was-before-it"

SAMPLE = Sample(
    config=lambda server: {
        "url": f"{server}/hooks/{PATH}",
        "method": "POST",
        "auth": "bearer",
        "token": TOKEN,
        "headers": f"X-Source: {HEADER}",
        "secret": SIGNING,
        "previous_secret": PREVIOUS,
        "body": "generic",
        "content_type": "application/json",
    },
    good=Answer(202, b"thanks"),
    secrets=(TOKEN, PATH, HEADER, SIGNING, PREVIOUS),
    fates={
        "answers 200 with a login page": delivered("", 200),
        "answers 200 with something else": delivered("", 200),
        "answers 202": delivered("", 202),
        "answers 204": delivered("", 204),
        "repeats the address and the token in its refusal": never(Reason.NOT_ALLOWED, "", 403),
    },
)
