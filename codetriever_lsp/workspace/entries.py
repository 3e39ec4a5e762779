"""What a look at the disk gives: a file that may be indexed, or the reason why a path is not."""

from __future__ import annotations

import os

import msgspec

__all__ = [
    "CHANGING",
    "GONE",
    "NOT_REGULAR",
    "NOT_UTF8",
    "OUTSIDE",
    "SYMLINK",
    "TOO_LARGE",
    "UNREADABLE",
    "Entry",
    "Skipped",
    "printable",
    "stamp_of",
]

GONE = "gone"
SYMLINK = "symbolic link"
NOT_REGULAR = "not a regular file"
NOT_UTF8 = "name is not UTF-8"
OUTSIDE = "outside the workspace"
TOO_LARGE = "too large"
UNREADABLE = "unreadable"
CHANGING = "changes while it is read"


class Entry(msgspec.Struct, frozen=True):
    """A regular file below the root. `path` is relative to it, with `/` between the names; `size`
    is in bytes.
    """

    path: str
    size: int
    mtime_ns: int


class Skipped(msgspec.Struct, frozen=True):
    """A path that is not indexed. `reason` is one of the constants here or what
    `IgnoreRules.reason` says.

    A directory stands for everything below it. `path` can always be printed and encoded.
    """

    path: str
    reason: str


def printable(name: str) -> str:
    r"""`name` with the bytes that are not UTF-8 spelled `\xNN`, so that it can be logged and
    sent.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return (
            os.fsencode(name).decode("utf-8", "backslashreplace")
            if os.name != "nt"
            else ascii(name)[1:-1]
        )
    return name


def stamp_of(status: os.stat_result) -> tuple[int, int]:
    """Size and time of the last change of a file.

    The time is the later one of content (mtime) and inode (ctime): anyone may set back the first,
    nobody the second.
    """
    return status.st_size, max(status.st_mtime_ns, status.st_ctime_ns)
