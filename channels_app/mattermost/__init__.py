"""The kind mattermost."""

from channels_app.contract import Kind
from channels_app.mattermost.render import render
from channels_app.mattermost.send import judge, send
from channels_app.mattermost.spec import SPEC

KIND = Kind(SPEC, render, send, judge=judge)
