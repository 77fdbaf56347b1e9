"""The kind nagios."""

from channels_app.contract import Kind
from channels_app.nagios.render import render, stand
from channels_app.nagios.send import send
from channels_app.nagios.spec import SPEC

KIND = Kind(SPEC, render, send, stand)
