"""The kind discord."""

from channels_app.contract import Kind
from channels_app.discord.render import render
from channels_app.discord.send import judge, send
from channels_app.discord.spec import SPEC

KIND = Kind(SPEC, render, send, judge=judge)
