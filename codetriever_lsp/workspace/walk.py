"""Given a root and its rules, every file that may be indexed and every path that is not, in one
fixed order.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.workspace.entries import (
    GONE,
    NOT_REGULAR,
    NOT_UTF8,
    OUTSIDE,
    SYMLINK,
    TOO_LARGE,
    UNREADABLE,
    Entry,
    Skipped,
    printable,
)
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.paths import absolute, spelling

__all__ = ["Entry", "Skipped", "descend", "stat_entry", "walk"]


def walk(root: Path, rules: IgnoreRules, settings: IndexSettings) -> Iterator[Entry | Skipped]:
    """All of `root`, depth first, the names of each folder in the order of their code points.

    Reads the ignore files anew. Links are never followed, an excluded directory gives one Skipped
    and is not entered, what cannot be read is Skipped and the rest goes on. A root that is gone or
    unreadable gives one Skipped with path "".
    """
    rules.refresh()
    for found in descend(root, "", rules, settings):
        if not isinstance(found, str):
            yield found


def descend(
    root: Path, start: str, rules: IgnoreRules, settings: IndexSettings
) -> Iterator[Entry | Skipped | str]:
    """As `walk`, but from the folder `start` ("" for the root), and each folder entered as a str
    before what it holds.
    """
    pending = [_folder(root, start, rules, settings)]
    while pending:
        found = next(pending[-1], None)
        if found is None:
            pending.pop()
            continue
        if isinstance(found, _Inner):
            pending.append(_folder(root, found.path, rules, settings))
        else:
            yield found


def stat_entry(
    root: Path, rel: str, rules: IgnoreRules, settings: IndexSettings
) -> Entry | Skipped | None:
    """What `walk` would say of the file `rel` now; None if there is no file of that name (gone, or
    a directory).
    """
    try:
        rel.encode()
        path = absolute(root, rel)
    except UnicodeEncodeError:
        return Skipped(printable(rel), NOT_UTF8)
    except BadRequest:
        return Skipped(rel, OUTSIDE)
    try:
        for end in (at for at, char in enumerate(rel) if char == "/"):
            mode = _mode(os.lstat(f"{root}/{rel[:end]}"))
            if stat.S_ISLNK(mode):
                return Skipped(rel, SYMLINK)
            if not stat.S_ISDIR(mode):
                return None
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return Skipped(rel, UNREADABLE)
    if stat.S_ISDIR(status.st_mode) and not stat.S_ISLNK(_mode(status)):
        return None
    return _file(rel, rules.reason(rel, False), status, settings)


class _Inner(NamedTuple):
    """A folder to enter."""

    path: str


def _folder(
    root: Path, rel: str, rules: IgnoreRules, settings: IndexSettings
) -> Iterator[Entry | Skipped | str | _Inner]:
    """The folder itself once it could be listed, then what it holds in the order of the names."""
    try:
        with os.scandir(f"{root}/{rel}" if rel else root) as scan:
            found = sorted(scan, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        yield Skipped(rel, GONE)
        return
    except (OSError, ValueError):
        yield Skipped(rel, UNREADABLE)
        return
    rules.enter(rel, {entry.name for entry in found})
    yield rel
    head = rel + "/" if rel else ""
    for entry in found:
        yield _look(head + entry.name, entry, rules, settings)


def _look(
    rel: str, entry: os.DirEntry[str], rules: IgnoreRules, settings: IndexSettings
) -> Entry | Skipped | _Inner:
    try:
        if not rel.isascii():
            rel.encode()
            rel = spelling(rel)
        is_folder = entry.is_dir(follow_symlinks=False) and not _is_junction(entry)
        reason = rules.reason(rel, is_folder)
        if is_folder:
            return _Inner(rel) if reason is None else Skipped(rel, reason)
        if reason is not None and not entry.is_symlink():
            return Skipped(rel, reason)
        return _file(rel, reason, entry.stat(follow_symlinks=False), settings)
    except UnicodeEncodeError:
        return Skipped(printable(rel), NOT_UTF8)
    except FileNotFoundError:
        return Skipped(rel, GONE)
    except OSError:
        return Skipped(rel, UNREADABLE)


def _file(
    rel: str, reason: str | None, status: os.stat_result, settings: IndexSettings
) -> Entry | Skipped:
    mode = _mode(status)
    if stat.S_ISLNK(mode):
        return Skipped(rel, SYMLINK)
    if reason is not None:
        return Skipped(rel, reason)
    if not stat.S_ISREG(mode):
        return Skipped(rel, NOT_REGULAR)
    if status.st_size > settings.max_file_bytes:
        return Skipped(rel, TOO_LARGE)
    return Entry(rel, status.st_size, status.st_mtime_ns)


def _mode(status: os.stat_result) -> int:
    """The mode, with a Windows junction shown as the link that it is."""
    tag = getattr(status, "st_reparse_tag", 0)
    return (
        stat.S_IFLNK
        if tag and tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)
        else status.st_mode
    )


def _is_junction(entry: os.DirEntry[str]) -> bool:
    return os.name == "nt" and stat.S_ISLNK(_mode(entry.stat(follow_symlinks=False)))
