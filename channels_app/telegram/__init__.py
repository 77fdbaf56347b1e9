"""The kind telegram."""

from channels_app.contract import Kind
from channels_app.telegram.render import render
from channels_app.telegram.send import judge, send
from channels_app.telegram.spec import SPEC

KIND = Kind(SPEC, render, send, judge=judge)
