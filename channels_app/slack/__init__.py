"""The kind slack."""

from channels_app.contract import Kind
from channels_app.slack.inbound import HEARING
from channels_app.slack.render import render
from channels_app.slack.send import judge, send
from channels_app.slack.spec import SPEC

KIND = Kind(SPEC, render, send, hear=HEARING, judge=judge)
