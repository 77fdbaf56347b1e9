"""The kind webhook."""

from channels_app.contract import Kind
from channels_app.webhook.render import render
from channels_app.webhook.send import send
from channels_app.webhook.spec import SPEC

KIND = Kind(SPEC, render, send)
