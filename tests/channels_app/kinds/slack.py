"""Slack: a webhook believes only `ok` and has words of its own beside each status; an app tells its errors with 200."""

from channels_app.contract import Reason
from tests.channels_app.kinds.sample import Sample
from tests.failings.rows import REFUSED_TWICE, again, never
from tests.servers import slack
from tests.servers.http import Answer

TOKEN = "XXXXsecretslacktokenXXXX"
NO_MESSAGE = again(Reason.UNEXPECTED_ANSWER, "ok", 200)

SAMPLE = Sample(
    config=lambda server: {"url": f"{server}/services/T0/B0/{TOKEN}", "channel": "#ops"},
    good=Answer(200, b"ok"),
    secrets=(TOKEN, slack.TOKEN, slack.SIGNING_SECRET),
    plainer=True,
    fates={
        "answers 403 invalid_token": never(Reason.BAD_CREDENTIALS, "invalid_token", 403),
        "answers 400 also to the plainer form": REFUSED_TWICE,
        "repeats the address and the token in its refusal": never(Reason.NOT_ALLOWED, "[secret]", 403),
    },
)
APP = Sample(
    config=lambda server: {
        "server": f"{server}/api",
        "bot_token": slack.TOKEN,
        "signing_secret": slack.SIGNING_SECRET,
        "channel": "#ops",
    },
    good=Answer(200, b'{"ok": true, "channel": "C0000000OPS", "ts": "1700000000.000100"}'),
    secrets=(slack.TOKEN, slack.SIGNING_SECRET),
    plainer=True,
    fates={
        "sends a length beyond all numbers, then “ok”": NO_MESSAGE,
        "answers 200 and “ok”": NO_MESSAGE,
        "answers 200 after interim (1xx) answers": NO_MESSAGE,
        "answers 403 invalid_token": never(Reason.NOT_ALLOWED, "invalid_token", 403),
        "repeats the address and the token in its refusal": never(
            Reason.NOT_ALLOWED, "/api/chat.postMessage Bearer [secret]", 403
        ),
        "shows a certificate of BELLHOP_CA_FILE": NO_MESSAGE,
    },
)
