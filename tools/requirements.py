"""Refuses pins that hold an index, a download place or a local file: they must install anywhere."""

import json
import re
import sys
from pathlib import Path

PIN = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==[a-z0-9.+!]+( ?; ?[^:@]+)?")


def problems(text: str) -> list[str]:
    """The lines of a compiled requirement file that are neither a comment, a hash nor a pin."""
    lines = [line.strip().rstrip("\\").strip() for line in text.splitlines()]
    bare = [line for line in lines if line and not line.startswith(("#", "--hash="))]
    return [line for line in bare if not PIN.fullmatch(line)]


def lock_problems(text: str) -> list[str]:
    """The packages of a package-lock.json that name where they come from, or that no hash pins."""
    packages = {name: each for name, each in json.loads(text)["packages"].items() if name}
    placed = [name for name, each in packages.items() if "resolved" in each or not each.get("integrity")]
    return placed or (["an address"] if "://" in text else [])


def main() -> int:
    found = 0
    for name in lock_problems(Path("package-lock.json").read_text()):
        sys.stderr.write(f"package-lock.json: {name} names a place or has no hash (see .npmrc)\n")
        found += 1
    for path in sorted(Path("requirements").glob("*.txt")):
        for line in problems(path.read_text()):
            sys.stderr.write(f"{path}: {line!r} is not a pinned package\n")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
