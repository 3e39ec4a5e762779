"""Files replaced in one step: a reader sees the old content or the new, never a part.

Nothing is forced to the disk: after a power failure a file may be missing or empty, so every
reader treats a file that it cannot decode as one that is not there.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from secrets import token_hex

__all__ = ["replace", "write_atomic"]

_POSIX = os.name == "posix"
_TRIES = 20
_PAUSE_S = 0.01


def write_atomic(path: Path, content: bytes) -> None:
    """Replace the content of `path`, or create it, with mode 0600. Raises OSError.

    Several processes may write at the same time; the last one wins.
    """
    temporary = path.with_name(f"{path.name}.{token_hex(4)}.new")
    descriptor = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def replace(source: Path, target: Path) -> None:
    """`os.replace` that tries again on Windows, where it fails while the target is open elsewhere.

    Raises OSError; on Windows a PermissionError only after 0.2 s.
    """
    for attempt in range(_TRIES):
        try:
            source.replace(target)
        except PermissionError:
            if _POSIX or attempt + 1 == _TRIES:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
