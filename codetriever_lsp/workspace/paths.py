"""One spelling for one path: what is below a workspace folder, and how it is written.

A relative path has `/` between its names, is never empty, and has no `.` or `..` in it. macOS
compares names without regard to their Unicode normal form, so there they are written in NFC;
Windows compares without regard to case, so `key` folds it.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path

from codetriever_lsp.errors import BadRequest

__all__ = ["absolute", "key", "relative", "root_of", "spelling"]


def root_of(path: Path | str) -> Path:
    """The one absolute path of a workspace folder, all symbolic links resolved; the folder need not
    exist.
    """
    return Path(os.path.realpath(path))


def spelling(rel: str, *, platform: str = sys.platform) -> str:
    """How a relative path is written here: NFC on macOS, unchanged elsewhere (two normal forms are
    two files there).
    """
    return unicodedata.normalize("NFC", rel) if platform == "darwin" and not rel.isascii() else rel


def key(path: str, *, platform: str = sys.platform) -> str:
    """Equal for spellings that name the same file: folds case on Windows and the normal form on
    macOS.
    """
    if platform == "win32":
        return path.replace("\\", "/").lower()
    return spelling(path, platform=platform)


def relative(root: Path, path: Path | str) -> str | None:
    """`path` relative to `root`; None for the root itself, for what is outside, and for names that
    are not UTF-8.

    `root` comes from `root_of`. A path that only lies below the root when the links on the way to
    its folder are resolved (`/tmp` on macOS) is found too; a link in its last name is kept, so that
    it is seen and refused later.
    """
    text = os.path.abspath(path)  # noqa: PTH100 - takes `..` away without following links
    found = _below(str(root), text)
    if found is None:
        folder, name = os.path.split(text)
        found = _below(str(root), os.path.join(os.path.realpath(folder), name))  # noqa: PTH118
    if not found:
        return None
    try:
        found.encode()
    except UnicodeEncodeError:
        return None
    return spelling(found)


def _below(root: str, path: str) -> str | None:
    """`path` without `root` in front, by `key`; "" for the root itself, None outside."""
    head = root if root.endswith(os.sep) else root + os.sep
    if key(path) == key(root):
        return ""
    if key(path[: len(head)]) == key(head):
        return path[len(head) :].replace(os.sep, "/")
    # A normal form can change the length of the head: compare name by name.
    ours, theirs = Path(root).parts, Path(path).parts
    if len(theirs) > len(ours) and all(
        key(a) == key(b) for a, b in zip(ours, theirs, strict=False)
    ):
        return "/".join(theirs[len(ours) :])
    return None


def absolute(root: Path, rel: str) -> Path:
    """The path that `rel` names below `root`. Raises BadRequest for whatever could leave it."""
    names = rel.split("/")
    escapes = any(name in ("", ".", "..") or "\0" in name for name in names)
    if sys.platform == "win32":
        escapes = escapes or any(char in rel for char in "\\:")
    if escapes:
        raise BadRequest(
            f"{rel!r} is not a path below the workspace folder; write it relative, with / between the names."
        )
    return root.joinpath(*names)
