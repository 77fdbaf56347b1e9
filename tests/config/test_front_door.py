"""What a fresh machine meets first: the Makefile's helpers say what is missing, and the pins install anywhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.requirements import lock_problems, problems

ROOT = Path(__file__).resolve().parents[2]


def make_venv(tmp_path: Path, python: str, path: str) -> "subprocess.CompletedProcess[str]":
    command = ["/bin/sh", str(ROOT / "tools" / "make-venv"), str(tmp_path / "venv")]
    env = {"PATH": path, "PYTHON": python}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def program(tmp_path: Path, text: str) -> str:
    path = tmp_path / "python3.11"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_missing_ensurepip_names_the_package(tmp_path: Path) -> None:
    python = program(tmp_path, f'case "$2" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"')

    done = make_venv(tmp_path, python, os.environ["PATH"])

    assert done.returncode == 1
    assert f"apt-get install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize("python", ["exit 1", "exit 127"])
def test_too_old_or_no_python_is_said(tmp_path: Path, python: str) -> None:
    done = make_venv(tmp_path, program(tmp_path, python), os.environ["PATH"])

    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "--option https://packages.example/",
        "-f elsewhere",
        "django==5.2.19 -f elsewhere",
        "django==5.2.19 @ file:elsewhere",
        "django @ file:elsewhere",
        "./wheels/django.whl",
        "django>=5",
    ],
)
def test_requirements_hold_nothing_of_one_machine(line: str) -> None:
    assert problems(f"django==5.2.19 \\\n    --hash=sha256:ab\n{line}\n") == [line]


def test_pins_hashes_and_comments_are_fine() -> None:
    assert (
        problems("# by hand\nunidecode-x[a]==1.0 \\\n    --hash=sha256:ab \\\n    --hash=sha256:cd\n    # via y\n")
        == []
    )


def test_the_pins_of_this_project_are_fine() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        assert problems(path.read_text()) == [], path
    assert lock_problems((ROOT / "package-lock.json").read_text()) == []


@pytest.mark.parametrize(
    "package",
    [
        {"version": "1.0.0", "integrity": "sha512-x", "resolved": "elsewhere"},
        {"version": "1.0.0", "integrity": "sha512-x", "funding": "https://people.example/"},
        {"version": "1.0.0", "resolved": "file:../a", "link": True},
        {"version": "1.0.0"},
    ],
)
def test_a_lock_of_npm_names_no_place(package: dict[str, object]) -> None:
    assert lock_problems(json.dumps({"packages": {"": {"name": "x"}, "node_modules/a": package}}))


def test_no_npm_is_said_loudly_and_stops_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "npm-packages"), str(tmp_path / "stamp")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert "SKIPPED" in done.stdout
    assert not (tmp_path / "stamp").exists()
