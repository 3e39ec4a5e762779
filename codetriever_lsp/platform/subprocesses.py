"""Child processes: how they are started, and what they do first.

A helper works for the process that started it and ends with it: its standard input is a pipe whose
other end only the starter holds. All run with `-P` outside the workspace: nothing in it is
imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = [
    "ONE_THREAD",
    "ask_helper",
    "be_polite",
    "exit_at_end_of",
    "module_command",
    "start_detached",
    "start_helper",
]

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "RAYON")}
ONE_THREAD["VECLIB_MAXIMUM_THREADS"] = "1"
"""Environment that keeps numeric libraries from starting threads of their own."""

_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
# `DETACHED_PROCESS` would give the children of the new process visible console windows.
_OWN_GROUP = _NO_WINDOW | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
_POLITENESS = 10
_PR_SET_PDEATHSIG = 1


def module_command(module: str, *arguments: str) -> tuple[str, ...]:
    """The command line that runs `module`."""
    return (sys.executable, "-P", "-m", module, *arguments)


async def start_helper(
    command: Sequence[str], environment: Mapping[str, str], *, stdout: int
) -> Process:
    """Start a helper with `environment` added to that of this process. Raises OSError."""
    return await asyncio.create_subprocess_exec(*command, stdout=stdout, **_helper(environment))


def ask_helper(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, bytes]:
    """Run a helper to its end. -> exit code and standard output. Blocks; raises OSError."""
    options = _helper(environment)
    # `subprocess.run` would close standard input at once.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options
    ) as process:
        answer = process.stdout.read() if process.stdout else b""
    return process.returncode, answer


def start_detached(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    *,
    log: int,
    message: bytes,
) -> subprocess.Popen[bytes]:
    """Start a process in `folder` that outlives this one, with exactly `environment`. Raises
    OSError.

    `log` is the descriptor for its standard error; `message` comes on its standard input, where no
    other process can see it.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=log,
        start_new_session=os.name == "posix",
        creationflags=_OWN_GROUP,
    )
    with contextlib.suppress(OSError), process.stdin or contextlib.nullcontext() as stdin:
        if stdin is not None:
            stdin.write(message)
    return process


def be_polite() -> None:
    """In a helper: lower the priority, leave SIGINT to the starter; on Linux, die with the starter.

    The kernel sees to the last, so it works even while a library holds the interpreter.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        import psutil

        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(_POLITENESS)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def exit_at_end_of(source: int) -> None:
    """In a helper: end the process, with exit code 1, when the descriptor `source` has no more to
    read.
    """

    def wait() -> None:
        while os.read(source, 1024):
            pass
        os._exit(1)

    threading.Thread(target=wait, name="starter", daemon=True).start()


def _helper(environment: Mapping[str, str]) -> dict[str, Any]:
    return {
        "stdin": subprocess.PIPE,
        "env": {**os.environ, **environment},
        "cwd": sys.prefix,
        "creationflags": _NO_WINDOW,
    }
