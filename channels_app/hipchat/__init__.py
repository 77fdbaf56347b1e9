"""The kind hipchat."""

from channels_app.contract import Kind
from channels_app.hipchat.inbound import HEAR
from channels_app.hipchat.render import render
from channels_app.hipchat.send import judge, send
from channels_app.hipchat.spec import SPEC

KIND = Kind(SPEC, render, send, hear=HEAR, judge=judge)
