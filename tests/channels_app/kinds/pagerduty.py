"""PagerDuty: says yes with 202 and the word success, lists its reasons, and names no time when it is busy."""

import json

from channels_app.contract import Reason
from tests.channels_app.kinds.sample import Sample
from tests.failings.rows import again, never
from tests.servers.http import Answer
from tests.servers.pagerduty import KEY

GOOD = {"status": "success", "message": "Event processed", "dedup_key": "bell.example/ops/17"}
MINUTE = again(Reason.RATE_LIMITED, "", 429, 60.0)
NO_SUCCESS = again(Reason.UNEXPECTED_ANSWER, "ok", 200)

SAMPLE = Sample(
    config=lambda server: {"server": server, "routing_key": KEY, "service": "Web shop", "region": "us"},
    good=Answer(202, json.dumps(GOOD).encode()),
    secrets=(KEY,),
    calls={"test": 2},
    fates={
        "sends a length beyond all numbers, then “ok”": NO_SUCCESS,
        "answers 429 without Retry-After": MINUTE,
        "answers 429 with X-Ratelimit-Reset": MINUTE,
        "answers 429 with X-FloodControl-Reset": MINUTE,
        "answers 200 and “ok”": NO_SUCCESS,
        "answers 200 after interim (1xx) answers": NO_SUCCESS,
        "repeats the address and the token in its refusal": never(Reason.NOT_ALLOWED, "/v2/enqueue", 403),
        "shows a certificate of BELLHOP_CA_FILE": NO_SUCCESS,
    },
)
