"""What docs/deployment.md and deploy/ name exists: settings, commands, files."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.config.test_settings_are_documented import variables_read

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "deployment.md"
FILES = [PAGE, *(path for path in (ROOT / "deploy").rglob("*") if path.is_file())]
OTHERS = "SECRET_KEY|DATABASE_URL|EMAIL_URL|ALLOWED_HOSTS|WEB_CONCURRENCY"
VARIABLE = re.compile(rf"\b(?:(?:BELLHOP|CELERY)_[A-Z_]+|{OTHERS})\b")
COMMAND = re.compile(r"manage\.py ([a-z]+)")
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_and_command_named_exists(path: Path) -> None:
    text = path.read_text()

    assert set(VARIABLE.findall(text)) <= variables_read()
    assert set(COMMAND.findall(text)) <= set(get_commands())


def test_every_link_leads_somewhere() -> None:
    for target in LINK.findall(PAGE.read_text()):
        assert (PAGE.parent / target).exists(), target


def test_every_deployed_file_stands_on_the_page() -> None:
    text = PAGE.read_text()
    for path in (ROOT / "deploy").glob("[!.]*"):
        assert f"deploy/{path.name}" in text or path.name.startswith("Dockerfile."), path.name
