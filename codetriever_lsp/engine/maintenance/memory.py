"""Memory that was freed and is kept by the allocator for later."""

from __future__ import annotations

import contextlib
import ctypes

__all__ = ["give_back"]


def give_back() -> None:
    """Return it to the system. Only glibc has to be told; it keeps about 25 MiB after 10,000
    saves.
    """
    with contextlib.suppress(
        AttributeError, OSError, TypeError
    ):  # another C library, or none by that name
        ctypes.CDLL(None).malloc_trim(0)
