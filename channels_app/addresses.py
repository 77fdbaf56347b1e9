"""The one form by which an e-mail address is known, however it is written: what was said of it holds for all."""

import re

LONGEST = 254  # characters that are kept
_ATOMS = re.compile(r"[^\s\"\\(),:;<>@\[\]]+")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r"([\"\\])")


def normal(address: str) -> str:
    """In lower case, without needless quotes, the domain as the name system has it: `ann@xn--mnchen-3ya.example`.

    What is no address has a form too. Nothing of it is looked up, and `ann+ops` is somebody else than `ann`.
    """
    written = address.strip().lower()
    local, at, domain = written.rpartition("@")
    if not at or (written.isascii() and '"' not in local and not domain.endswith(".")):
        return written
    found = f"{_plain(local)}@{_ascii(domain)}"
    return found if len(found) <= LONGEST else written


def _plain(local: str) -> str:
    if len(local) < 2 or not local.startswith('"') or not local.endswith('"'):
        return local
    said = _ESCAPED.sub(r"\1", local[1:-1])
    return said if _ATOMS.fullmatch(said) else '"' + _TO_ESCAPE.sub(r"\\\1", said) + '"'


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode().lower().rstrip(".")
    except UnicodeError:  # nothing can be mailed there
        return domain
