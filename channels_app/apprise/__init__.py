"""The kind apprise."""

from channels_app.apprise.render import render
from channels_app.apprise.send import send
from channels_app.apprise.spec import SPEC
from channels_app.contract import Kind

KIND = Kind(SPEC, render, send)
