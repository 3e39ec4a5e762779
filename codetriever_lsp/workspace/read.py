"""The bytes of one file of a workspace, or the reason why there are none. Links are never followed,
at any level.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import msgspec

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.workspace.entries import (
    CHANGING,
    GONE,
    NOT_REGULAR,
    OUTSIDE,
    SYMLINK,
    TOO_LARGE,
    UNREADABLE,
    Skipped,
)
from codetriever_lsp.workspace.paths import absolute

__all__ = ["ATTEMPTS", "FileBytes", "Skipped", "read"]

ATTEMPTS = 4
"""How often a file that changes while it is read is read before it is given up until its next
change."""

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_FILE = (
    _FLAGS
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
)
_FOLDER = _FLAGS | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_DIRECTORY", 0)
_BY_DESCRIPTOR = (
    os.open in os.supports_dir_fd and os.stat in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
)


class FileBytes(msgspec.Struct, frozen=True):
    """All bytes of a file as they were at one moment, with the size and time of that moment."""

    data: bytes
    size: int
    mtime_ns: int


class _RefusedError(Exception):
    """Ends the opening of a path; its argument is the reason."""


def read(
    root: Path, rel: str, max_bytes: int, *, between: Callable[[], None] | None = None
) -> FileBytes | Skipped:
    """The file `rel` below `root`. Never raises for what the disk does, never opens what is no
    regular file.

    A file that changes while it is read is read again. `between` is called after each reading and
    before the check that nothing changed (tests change the file there).
    """
    try:
        path = absolute(root, rel)
    except BadRequest:
        return Skipped(rel, OUTSIDE)
    try:
        descriptor = (
            _open_below(root, rel.split("/")) if _BY_DESCRIPTOR else _open_checked(root, path)
        )
    except _RefusedError as refused:
        return Skipped(rel, str(refused))
    except (OSError, ValueError) as error:
        return Skipped(rel, _why(error))
    try:
        return _read_stable(descriptor, rel, max_bytes, between)
    except OSError as error:
        return Skipped(rel, _why(error))
    finally:
        os.close(descriptor)


def _read_stable(
    descriptor: int, rel: str, max_bytes: int, between: Callable[[], None] | None
) -> FileBytes | Skipped:
    before = os.fstat(descriptor)
    for _ in range(ATTEMPTS):
        if not stat.S_ISREG(before.st_mode):
            return Skipped(rel, NOT_REGULAR)
        if before.st_size > max_bytes:
            return Skipped(rel, TOO_LARGE)
        data = _read_all(descriptor, max_bytes + 1)
        if between is not None:
            between()
        after = os.fstat(descriptor)
        if _stamp(before) == _stamp(after) and len(data) == after.st_size:
            return FileBytes(data, after.st_size, after.st_mtime_ns)
        before = after
    return Skipped(rel, CHANGING)


def _read_all(descriptor: int, limit: int) -> bytes:
    """The file from its start, at most `limit` bytes of it."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    pieces: list[bytes] = []
    while limit > 0 and (piece := os.read(descriptor, min(limit, 1 << 20))):
        pieces.append(piece)
        limit -= len(piece)
    return b"".join(pieces)


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _open_below(root: Path, names: list[str]) -> int:
    """Opens name by name from the descriptor of the folder before: a link swapped in on the way
    cannot lead out.
    """
    folder = os.open(root, _FLAGS | getattr(os, "O_DIRECTORY", 0))
    try:
        for name in names[:-1]:
            _check_kind(
                os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode, stat.S_ISDIR, GONE
            )
            inner = os.open(name, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        _check_kind(
            os.stat(names[-1], dir_fd=folder, follow_symlinks=False).st_mode,
            stat.S_ISREG,
            NOT_REGULAR,
        )
        return os.open(names[-1], _FILE, dir_fd=folder)
    finally:
        os.close(folder)


def _open_checked(root: Path, path: Path) -> int:
    """The way where descriptors of folders cannot be opened from (Windows): checks by path before
    and after.
    """
    for folder in reversed(path.parents):
        if folder != root and folder.is_relative_to(root):
            _check_kind(_lstat_mode(folder), stat.S_ISDIR, GONE)
    _check_kind(_lstat_mode(path), stat.S_ISREG, NOT_REGULAR)
    descriptor = os.open(path, _FILE)
    try:
        same = os.path.samestat(os.fstat(descriptor), path.lstat())
        if not same or not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
            raise _RefusedError(OUTSIDE)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _lstat_mode(path: Path) -> int:
    """The mode, with a Windows junction shown as the link that it is."""
    status = path.lstat()
    reparse = getattr(status, "st_reparse_tag", 0)
    if reparse and reparse == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1):
        return stat.S_IFLNK
    return status.st_mode


def _check_kind(mode: int, wanted: Callable[[int], bool], otherwise: str) -> None:
    if stat.S_ISLNK(mode):
        raise _RefusedError(SYMLINK)
    if not wanted(mode):
        raise _RefusedError(otherwise)


def _why(error: OSError | ValueError) -> str:
    return GONE if isinstance(error, (FileNotFoundError, NotADirectoryError)) else UNREADABLE
