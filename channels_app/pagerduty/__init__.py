"""The kind pagerduty."""

from channels_app.contract import Kind
from channels_app.pagerduty.inbound import HEAR
from channels_app.pagerduty.render import render
from channels_app.pagerduty.send import judge, send
from channels_app.pagerduty.spec import SPEC

KIND = Kind(SPEC, render, send, hear=HEAR, judge=judge)
