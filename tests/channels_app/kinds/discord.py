"""Discord: its yes is the message with its id, or 204; its limits are told in JSON and in headers."""

from channels_app.contract import Reason
from tests.channels_app.kinds.sample import Sample
from tests.failings.rows import REFUSED_TWICE, again, delivered, never
from tests.servers.discord import ID, TOKEN
from tests.servers.http import Answer

NO_MESSAGE = again(Reason.UNEXPECTED_ANSWER, "ok", 200)

SAMPLE = Sample(
    config=lambda server: {"url": f"{server}/api/webhooks/{ID}/{TOKEN}", "channel": "#ops"},
    good=Answer(200, b'{"id": "1300000000000000001", "type": 0}'),
    secrets=(TOKEN,),
    plainer=True,
    fates={
        "sends a length beyond all numbers, then “ok”": NO_MESSAGE,
        "answers 429 with X-Ratelimit-Reset": again(Reason.RATE_LIMITED, "", 429, 200.0),
        "answers 200 and “ok”": NO_MESSAGE,
        "answers 200 after interim (1xx) answers": NO_MESSAGE,
        "answers 204": delivered("", 204),
        "answers 400 also to the plainer form": REFUSED_TWICE,
        "repeats the address and the token in its refusal": never(Reason.NOT_ALLOWED, "[secret]?wait=true", 403),
        "shows a certificate of BELLHOP_CA_FILE": NO_MESSAGE,
    },
)
