"""Folders and files that only their user can read. On Windows the user's profile protects them."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from secrets import token_hex

__all__ = ["is_own", "make_private_dir", "make_private_file", "probe"]

_POSIX = os.name == "posix"


def make_private_dir(folder: Path, *, own: bool = False) -> Path:
    """Make `folder` with mode 0700, and missing parents with the usual mode; close it to others if
    it exists.

    With `own`, a link or a folder of another user is refused: for folders in a directory where
    anybody can write. Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _POSIX:
        info = folder.lstat() if own else folder.stat()
        if own and not (stat.S_ISDIR(info.st_mode) and is_own(info)):
            raise PermissionError(errno.EPERM, "does not belong to this user", str(folder))
        if info.st_mode & 0o077:
            folder.chmod(0o700)
    return folder


def make_private_file(path: Path) -> None:
    """Make an empty file with mode 0600 if there is none, so that the next writer does not choose
    its mode.

    Raises OSError.
    """
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600))


def probe(folder: Path, content: bytes = b"") -> None:
    """Create a file with `content` in `folder` and delete it. Raises OSError where that is
    impossible.

    Existing files prove nothing: they may be writable in a folder that takes no new ones.
    """
    path = folder / f".probe-{os.getpid()}-{token_hex(4)}"
    make_private_file(path)
    try:
        path.write_bytes(content)
    finally:
        path.unlink(missing_ok=True)


def is_own(info: os.stat_result) -> bool:
    """True if the file belongs to the user of this process; always on Windows."""
    return not _POSIX or info.st_uid == os.geteuid()
