"""Untrusted text made safe to show, numbers and spans of time in words. Pure."""

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import quote, quote_plus, urlsplit

# Format characters, lone surrogates, and blank characters that pass as letters: nobody sees them, all can mislead.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_BLANKS = re.compile(r" {2,}")
# What `safe_url` would leave as it is: nearly every address that Bellhop makes itself.
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9/._~%?=&:+,-]*)?")
ELLIPSIS = "…"
_MANY_BREAKS = re.compile(r"\n{3,}")
SHORTEST_SECRET = 6


def block(text: str) -> str:
    """`text` without control, bidi and zero-width characters; line breaks stay, as `\\n`."""
    if text.isascii() and text.isprintable():
        return text.strip()
    seen = _CONTROLS.sub(" ", _BREAKS.sub("\n", _UNSEEN.sub("", text)))
    return _MANY_BREAKS.sub("\n\n", seen).strip()


def line(text: str) -> str:
    """The same on one line."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    whole = block(text).replace("\n", " ")
    return _BLANKS.sub(" ", whole).strip() if "  " in whole else whole.strip()


def cut(text: str, limit: int, escape: Callable[[str], str] = str) -> str:
    """`escape(text)` in at most `limit` characters. What is too long is cut before escaping and ends in an ellipsis."""
    whole = escape(text)
    if len(whole) <= limit:
        return whole
    low, high = 0, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        if len(escape(text[:middle].rstrip() + ELLIPSIS)) <= limit:
            low = middle
        else:
            high = middle - 1
    return escape(text[:low].rstrip() + ELLIPSIS) if limit > 0 else ""


def fill(pieces: Iterable[str], limit: int, joint: str) -> str:
    """As many whole `pieces` as fit into `limit` characters, in order; empty ones are left out."""
    taken: list[str] = []
    used = 0
    for piece in pieces:
        cost = len(piece) + (len(joint) if taken else 0)
        if piece and used + cost <= limit:
            taken.append(piece)
            used += cost
    return joint.join(taken)


def safe_url(url: str) -> str:
    """`url` if it is an http or https address, with everything encoded that could end a link early; else empty."""
    if _SAFE_URL.fullmatch(url):
        return url
    encoded = quote(_UNSEEN.sub("", url), safe="%/:?#[]@!$&()*+,;=-._~")
    try:
        parts = urlsplit(encoded)
        host = parts.hostname
    except ValueError:
        return ""
    return encoded if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else ""


def number(value: float) -> str:
    """`value` without a needless fraction: 812.5, 7, 0.001."""
    return f"{value:.10g}"


def duration(seconds: float) -> str:
    """A span in its two largest units: `45 s`, `12 min 5 s`, `3 h 20 min`, `2 d 4 h`."""
    return " ".join(f"{count} {unit}" for count, unit in spans(seconds))


def spans(seconds: float) -> list[tuple[int, str]]:
    """The two largest units of a span, with how many of each: `[(12, "min"), (5, "s")]`."""
    rest = max(0, round(seconds))
    found: list[tuple[int, str]] = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, rest = divmod(rest, size)
        if count:
            found.append((count, unit))
        elif found:
            break
    return found[:2] or [(0, "s")]


def scrub(text: str, secrets: Sequence[str]) -> str:
    """`text` with every known secret blotted out: as it is, URL-encoded, base64."""
    if len(text) < SHORTEST_SECRET:
        return text
    for form in sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True):
        if form.casefold() in text.casefold():  # compiling a pattern for each would cost more than sending the message
            text = re.sub(re.escape(form), "[secret]", text, flags=re.IGNORECASE)
    return text


def _forms(secret: str) -> Iterable[str]:
    if len(secret) < SHORTEST_SECRET:
        return ()
    plain = (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), secret.replace("/", "\\/"))
    return (*plain, *_base64(secret))


def _base64(secret: str) -> list[str]:
    """The part of base64 text that `secret` decides, at each of the three places where it can begin."""
    found = []
    for before in range(3):
        raw = b"\0" * before + secret.encode()
        skip, keep = (before * 8 + 5) // 6, len(raw) * 8 // 6
        found += [encode(raw).decode()[skip:keep] for encode in (base64.b64encode, base64.urlsafe_b64encode)]
    return found
