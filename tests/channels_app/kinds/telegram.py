"""Telegram: its yes is `ok` with the message's id, its reasons stand in a description."""

from channels_app.contract import Reason
from tests.channels_app.kinds.sample import Sample
from tests.failings.rows import REFUSED_TWICE, again, never
from tests.servers.http import Answer
from tests.servers.telegram import TOKEN

NO_MESSAGE = again(Reason.UNEXPECTED_ANSWER, "ok", 200)

SAMPLE = Sample(
    config=lambda server: {"server": server, "token": TOKEN, "chat": "-1001147567", "sound_from": "minor"},
    good=Answer(200, b'{"ok": true, "result": {"message_id": 7}}'),
    secrets=(TOKEN, TOKEN.partition(":")[2]),
    plainer=True,
    fates={
        "sends a length beyond all numbers, then “ok”": NO_MESSAGE,
        "answers 200 and “ok”": NO_MESSAGE,
        "answers 200 after interim (1xx) answers": NO_MESSAGE,
        "answers 400 also to the plainer form": REFUSED_TWICE,
        "repeats the address and the token in its refusal": never(Reason.NOT_ALLOWED, "/bot[secret]/sendMessage", 403),
        "shows a certificate of BELLHOP_CA_FILE": NO_MESSAGE,
    },
)
