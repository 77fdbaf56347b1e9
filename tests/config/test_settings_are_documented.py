"""The code, `.env.example` and the README name the same variables."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("settings.py", "gunicorn.py")
READ = re.compile(r"""env\.\w+\(\s*"([A-Z_]+)"|environ\.get\("([A-Z_]+)\"""")
ROW = re.compile(r"^\| `([A-Z_]+)` \| .+ \| .+ \|$", re.MULTILINE)
LINE = re.compile(r"^#([A-Z_]+)=.*$", re.MULTILINE)


def variables_read() -> set[str]:
    text = "".join((ROOT / "config" / name).read_text() for name in SOURCES)
    return {one or other for one, other in READ.findall(text)}


def test_env_example_lists_every_variable() -> None:
    assert set(LINE.findall((ROOT / ".env.example").read_text())) == variables_read()


def test_the_readme_explains_every_variable() -> None:
    assert set(ROW.findall((ROOT / "README.md").read_text())) == variables_read()


def test_every_variable_is_listed_once() -> None:
    for pattern, name in ((LINE, ".env.example"), (ROW, "README.md")):
        found = pattern.findall((ROOT / name).read_text())
        assert len(found) == len(set(found)), name
