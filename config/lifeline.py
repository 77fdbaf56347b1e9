"""A pipe that only the parent holds open for writing: when it closes, the parent is gone, however it died."""

import os
import signal
import threading

VARIABLE = "BELLHOP_LIFELINE_FD"


def end_with_parent() -> None:
    """Watch the inherited pipe in a thread and ask this process to end when the parent is gone."""
    inherited = os.environ.get(VARIABLE, "")
    if inherited:
        threading.Thread(target=_watch, args=(int(inherited),), name="lifeline", daemon=True).start()


def _watch(pipe: int) -> None:
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
