"""The kind email."""

from channels_app.contract import Kind
from channels_app.email.render import render
from channels_app.email.send import judge, send
from channels_app.email.spec import SPEC

KIND = Kind(SPEC, render, send, judge=lambda reply, settings: judge(reply))
