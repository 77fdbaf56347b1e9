"""HipChat: says yes with 204 or 200, its own words in an error object, and limits in headers."""

from channels_app.contract import Reason
from tests.channels_app.kinds.sample import Sample
from tests.failings.rows import REFUSED_TWICE, again, delivered, never
from tests.servers.http import Answer

TOKEN = "V2mixedCaseTokenOfFortyLettersAndDigits40"

SAMPLE = Sample(
    config=lambda server: {"server": server, "room": "Ops & Co", "token": TOKEN, "notify_triggered": True},
    good=Answer(204),
    secrets=(TOKEN,),
    plainer=True,
    fates={
        "answers 429 with X-Ratelimit-Reset": again(Reason.RATE_LIMITED, "", 429, 200.0),
        "answers 429 with X-FloodControl-Reset": again(Reason.RATE_LIMITED, "", 429, 20.0),
        "answers 200 with something else": delivered("queued", 200),
        "answers 204": delivered("", 204),
        "answers 401 in HipChat's words": never(Reason.BAD_CREDENTIALS, "Invalid OAuth session", 401),
        "answers 400 also to the plainer form": REFUSED_TWICE,
        "repeats the address and the token in its refusal": never(
            Reason.NOT_ALLOWED, "/v2/room/Ops%20%26%20Co/notification Bearer [secret]", 403
        ),
    },
)
