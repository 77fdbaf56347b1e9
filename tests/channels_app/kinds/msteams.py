"""Microsoft Teams: its yes is 202 or 200, unless the body is a page or says that it went wrong."""

from channels_app.contract import Reason
from tests.channels_app.kinds.sample import Sample
from tests.failings.rows import delivered, never
from tests.servers.http import Answer
from tests.servers.msteams import PATH, QUERY, SIGNATURE

SAMPLE = Sample(
    config=lambda server: {"url": f"{server}{PATH}?{QUERY}", "channel": "Shop > Alerts"},
    good=Answer(202, b""),
    secrets=(SIGNATURE,),
    fates={
        "answers 200 with something else": delivered("queued", 200),
        "answers 202": delivered("later", 202),
        "answers 401 in HipChat's words": never(Reason.BAD_CREDENTIALS, "Invalid OAuth session", 401),
        "repeats the address and the token in its refusal": never(Reason.NOT_ALLOWED, "[secret]", 403),
    },
)
