"""The kind msteams."""

from channels_app.contract import Kind
from channels_app.msteams.render import render
from channels_app.msteams.send import send
from channels_app.msteams.spec import SPEC

KIND = Kind(SPEC, render, send)
