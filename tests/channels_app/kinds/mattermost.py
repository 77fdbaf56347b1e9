"""Mattermost: believes only `ok`, has its words in a JSON error."""

from channels_app.contract import Reason
from tests.channels_app.kinds.sample import Sample
from tests.failings.rows import REFUSED_TWICE, never
from tests.servers.http import Answer
from tests.servers.mattermost import KEY

SAMPLE = Sample(
    config=lambda server: {"url": f"{server}/hooks/{KEY}", "channel": "ops", "urgent": False},
    good=Answer(200, b"ok"),
    secrets=(KEY,),
    plainer=True,
    fates={
        "answers 400 also to the plainer form": REFUSED_TWICE,
        "repeats the address and the token in its refusal": never(Reason.NOT_ALLOWED, "[secret]", 403),
    },
)
