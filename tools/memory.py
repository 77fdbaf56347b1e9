"""How much memory processes really take: `python -m tools.memory PID` prints it for that process and all below it."""

import sys
from collections.abc import Iterable
from pathlib import Path

from tests.servers.house import family


def pss_mib(pids: Iterable[int]) -> float:
    """The memory of `pids` together in MiB, shared pages counted once (PSS); who has ended counts nothing."""
    return sum(_pss_kib(pid) for pid in pids) / 1024


def _pss_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main() -> None:
    for pid in family(int(sys.argv[1])):
        words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        sys.stdout.write(f"{pss_mib([pid]):8.1f} MiB  {words[-90:]}\n")
    sys.stdout.write(f"{pss_mib(family(int(sys.argv[1]))):8.1f} MiB  in all\n")


if __name__ == "__main__":
    main()
