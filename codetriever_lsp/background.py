"""What a process does first that works in the background for the engine."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys

__all__ = ["FLAGS", "ONE_THREAD", "be_polite", "command"]

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""For its environment: libraries are to take no more threads than the one that was meant."""

FLAGS = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_POLITENESS = 10
_PR_SET_PDEATHSIG = 1


def command(module: str, *arguments: str) -> tuple[str, ...]:
    """How to run `module`. To be started in `sys.prefix`: nothing is ever imported from the folder where the engine runs."""
    return (sys.executable, "-P", "-m", module, *arguments)


def be_polite() -> None:
    """Yield to the editor; leave the end to the engine; on Linux, die with it even while a library holds the interpreter."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        import psutil

        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(_POLITENESS)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
