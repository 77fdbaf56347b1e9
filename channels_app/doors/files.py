"""How many connections may be open at once, by the system's limit of open files."""

import resource

FILES = 16_384  # asked of the system
OTHERS = 1_300  # idle connections that are kept, files, the database
FEWEST = 100


def connections() -> int:
    """How many calls may run at once; raises this process's own limit of open files as far as it is allowed to."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(FEWEST, most - OTHERS)
