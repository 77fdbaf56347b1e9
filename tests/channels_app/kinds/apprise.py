"""Apprise: a library makes the calls; its fates are in tests/failings/apprise.py."""

from tests.channels_app.kinds.sample import Sample

TOKEN = "TokenOfAnAddressOfApprise"

SAMPLE = Sample(
    config=lambda server: {"url": f"{server.replace('http', 'json', 1)}/{TOKEN}"},
    secrets=(TOKEN,),
)
