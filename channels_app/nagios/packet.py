"""NSCA's data packet, protocol version 3. Pure, but for the random bytes that fill it."""

import os
import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

OPENING = 132  # bytes that the server says first: an IV of 128, and its time
HOST_BYTES, SERVICE_BYTES = 63, 127
LONG, SHORT = 4096, 512  # room for the output with its end
_IV = 128
_VERSION = 3

Fill = Callable[[int], bytes]


class Result(NamedTuple):
    """A check result. Without a service it is the host's; all texts are clean and fit."""

    host: str
    service: str
    code: int
    output: str


def packet(result: Result, at: int, room: int, fill: Fill = os.urandom) -> bytes:
    """`result` as one packet, at the server's own time `at`; `fill` gives the bytes behind each text."""
    texts = [
        _filled(text, size, fill)
        for text, size in ((result.host, HOST_BYTES + 1), (result.service, SERVICE_BYTES + 1), (result.output, room))
    ]
    layout = f">hxxIIh64s128s{room}s2x"
    bare = struct.pack(layout, _VERSION, 0, at, result.code, *texts)
    return struct.pack(layout, _VERSION, zlib.crc32(bare), at, result.code, *texts)


def xored(data: bytes, iv: bytes, password: bytes) -> bytes:
    """`data` as encryption method 1 has it: obfuscated, not hidden."""
    for key in filter(None, (iv, password)):
        stream = (key * (len(data) // len(key) + 1))[: len(data)]
        data = (int.from_bytes(data) ^ int.from_bytes(stream)).to_bytes(len(data))
    return data


def parts_of(opening: bytes) -> tuple[bytes, int]:
    """The IV and the time that the server said."""
    return opening[:_IV], int.from_bytes(opening[_IV:OPENING])


def _filled(text: str, size: int, fill: Fill) -> bytes:
    """What follows the end of a text is random, so that XOR does not show the password there."""
    said = text.encode()[: size - 1] + b"\0"
    return said + fill(size - len(said))
