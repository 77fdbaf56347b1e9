"""A strict NSCA server: it takes what Nagios could make sense of, and remembers why it refused the rest."""

import socket
import struct
import zlib
from dataclasses import dataclass
from itertools import cycle

from tests.servers.listening import Listening
from tests.servers.rude import Talk

IV = bytes((7 * number + 3) % 256 for number in range(128))
CLOCK = 1_700_000_000
OPENING = IV + struct.pack(">I", CLOCK)
LONG, SHORT = ">hxxIIh64s128s4096s2x", ">hxxIIh64s128s512s2x"


class Refused(Exception):
    """What the daemon would drop, or Nagios would not understand."""


@dataclass(frozen=True, slots=True)
class Result:
    """A passive check result; without a service it is the host's."""

    host: str
    service: str
    code: int
    output: str


def read_packet(data: bytes, method: int = 0, password: bytes = b"", opening: bytes = OPENING) -> Result:
    """What one packet says; Refused where it is not exactly as it should be."""
    plain = _opened(data, method, password, opening[:128])
    layout = {struct.calcsize(each): each for each in (LONG, SHORT)}.get(len(plain))
    _must(layout is not None, f"{len(plain)} bytes")
    version, crc, at, code, *texts = struct.unpack(layout or LONG, plain)
    _must(version == 3, f"version {version}")
    _must(zlib.crc32(plain[:4] + bytes(4) + plain[8:]) == crc, "the checksum is wrong")
    _must(at == struct.unpack(">I", opening[128:])[0], "another time than the server's")
    host, service, output = map(_text, texts)
    _must(bool(host) and ";" not in host + service, "a host or service that cannot be named")
    _must(code in ((0, 1, 2, 3) if service else (0, 1, 2)), f"state {code}")
    _must(bool(output), "no output")
    return Result(host, service, code, output)


def _opened(data: bytes, method: int, password: bytes, iv: bytes) -> bytes:
    for key in (iv, password) if method else ():
        data = bytes(byte ^ of for byte, of in zip(data, cycle(key), strict=False)) if key else data
    return data


def _text(field: bytes) -> str:
    text, end, _ = field.partition(b"\0")
    _must(bool(end), "a text without its end")
    readable = text.decode()
    _must(readable.isprintable() or not readable, f"what cannot be printed in {readable!r}")
    _must(readable == readable.strip(), f"blanks around {readable!r}")
    return readable


def _must(holds: bool, words: str) -> None:
    if not holds:
        raise Refused(words)


class Nsca(Listening):
    """Takes packets of `size` bytes over one connection; `results` are the good ones, `refused` why others were not."""

    def __init__(self, method: int = 0, password: bytes = b"", layout: str = LONG) -> None:
        super().__init__()
        self.results: list[Result] = []
        self.refused: list[str] = []
        self._method, self._password, self._size = method, password, struct.calcsize(layout)

    @property
    def url(self) -> str:
        """Host and port, as an address."""
        return f"tcp://{self.host}:{self.port}"

    @property
    def received(self) -> list[Result]:
        """The same as `results`, as servers of other protocols call it."""
        return self.results

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection:
            connection.sendall(OPENING)
            while packet := connection.recv(self._size, socket.MSG_WAITALL):
                self._take(packet)

    def _take(self, packet: bytes) -> None:
        try:
            self.results.append(read_packet(packet, self._method, self._password))
        except (Refused, UnicodeDecodeError) as why:
            self.refused.append(str(why))


def says_nothing(talk: Talk) -> None:
    talk.wait()


def resets_at_once(talk: Talk) -> None:
    talk.reset()


def closes_at_once(talk: Talk) -> None:
    del talk


def half_an_opening_and_silence(talk: Talk) -> None:
    talk.say(OPENING[:60])
    talk.wait()


def half_an_opening_and_gone(talk: Talk) -> None:
    talk.say(OPENING[:60])


def an_opening_by_the_byte(talk: Talk) -> None:
    talk.drip(OPENING, 0.1)


def resets_after_the_opening(talk: Talk) -> None:
    talk.say(OPENING)
    talk.wait(0.2)
    talk.reset()


def reads_a_little_and_resets(talk: Talk) -> None:
    talk.say(OPENING)
    talk.hear(whole=False)
    talk.reset()


def never_reads(talk: Talk) -> None:
    talk.say(OPENING)
    talk.wait()


def never_hangs_up(talk: Talk) -> None:
    talk.say(OPENING)
    talk.hear(whole=False)
    talk.wait()


def talks_without_end(talk: Talk) -> None:
    talk.say(OPENING)
    talk.flood(b"x" * 65536, 1000)


def speaks_of_mail(talk: Talk) -> None:
    talk.say(b"220 mail.example ESMTP\r\n")
    talk.wait()
