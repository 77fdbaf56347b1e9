"""Slack: believes only `ok`, has words of its own beside each status."""

from channels_app.contract import Reason
from tests.channels_app.kinds.sample import Sample
from tests.failings.rows import REFUSED_TWICE, never
from tests.servers.http import Answer

TOKEN = "XXXXsecretslacktokenXXXX"

SAMPLE = Sample(
    config=lambda server: {"url": f"{server}/services/T0/B0/{TOKEN}", "channel": "#ops"},
    good=Answer(200, b"ok"),
    secrets=(TOKEN,),
    plainer=True,
    fates={
        "answers 403 invalid_token": never(Reason.BAD_CREDENTIALS, "invalid_token", 403),
        "answers 400 also to the plainer form": REFUSED_TWICE,
        "repeats the address and the token in its refusal": never(Reason.NOT_ALLOWED, "[secret]", 403),
    },
)
