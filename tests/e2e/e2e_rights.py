"""Programs for whom the rights of files hold even where the tests run as root."""

from __future__ import annotations

import os
import subprocess
import sys

__all__ = ["ordinary_command"]

_WITHOUT_RIGHTS = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
for right in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: with them root reads and writes everything
    if libc.prctl(24, right):  # PR_CAPBSET_DROP: lost for good with the next program
        sys.exit(os.strerror(ctypes.get_errno()))
os.execv(sys.executable, [sys.executable, "-m", "codetriever_lsp", *sys.argv[1:]])
"""


def ordinary_command() -> tuple[list[str], str]:
    """The server's command line for which unreadable is unreadable, and "", or why that cannot be
    had here."""
    plain = [sys.executable, "-m", "codetriever_lsp"]
    if os.name != "posix":
        return plain, "no rights of files as POSIX has them"
    if os.geteuid() != 0:
        return plain, ""
    if sys.platform != "linux":
        return (
            plain,
            "root may do everything, and only Linux takes rights away from it; run the tests as another user",
        )
    command = [sys.executable, "-c", _WITHOUT_RIGHTS]
    probe = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    if probe.returncode:
        return (
            plain,
            f"root keeps its rights here ({probe.stderr.strip()}); run the tests as another user",
        )
    return command, ""
