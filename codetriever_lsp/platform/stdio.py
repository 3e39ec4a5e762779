"""Standard streams kept away from libraries. Imports almost nothing: it runs before anything may
print.
"""

from __future__ import annotations

import os
import sys

__all__ = ["take_stdio"]


def take_stdio() -> tuple[int, int]:
    """Move standard input and output to other descriptors and give those, in binary mode on
    Windows.

    Descriptor 0 then reads nothing and 1 leads to standard error. Otherwise a library that prints
    would end up between two messages, and a child process would hold the pipes open.
    """
    source, sink = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(source, os.O_BINARY)
        msvcrt.setmode(sink, os.O_BINARY)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # started without standard error
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    os.close(nothing)
    return source, sink
