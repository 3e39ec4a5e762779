"""Where git keeps its ignore rules besides `.gitignore`: found by reading files, never by starting
a program.

Only the user's own configuration may name a file outside the repository; a repository's
`.git/config` is part of a workspace and is asked for nothing but `core.ignoreCase`.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Repository", "global_excludes", "read_rules", "repository_at"]

MAX_RULES_BYTES = 1 << 20
"""A longer rules file is not read."""

_INCLUDE_DEPTH = 10
"""As deep as git itself follows `include.path`."""


@dataclass(frozen=True, slots=True)
class Repository:
    """The top folder of a work tree, its `info/exclude` file, and whether names are compared
    without regard to case.
    """

    top: Path
    exclude: Path
    ignore_case: bool


def repository_at(folder: Path) -> Repository | None:
    """The repository whose work tree starts at `folder`, or None. In worktrees and submodules
    `.git` is a file.
    """
    marker = folder / ".git"
    try:
        mode = marker.lstat().st_mode
    except (OSError, ValueError):
        return None
    common = marker if stat.S_ISDIR(mode) else _linked(folder, marker)
    if common is None or not _exists(common / "HEAD"):
        return None
    ignore_case = _config(common / "config").get("core.ignorecase", "").lower() in (
        "true",
        "yes",
        "on",
        "1",
    )
    return Repository(folder, common / "info" / "exclude", ignore_case)


def global_excludes(environ: Mapping[str, str] | None = None) -> Path | None:
    """The user's ignore file: `core.excludesFile`, or git's default place for it; it need not
    exist.
    """
    environ = os.environ if environ is None else environ
    home = environ.get("HOME") or str(Path("~").expanduser())
    xdg = Path(environ.get("XDG_CONFIG_HOME") or Path(home) / ".config")
    files: list[Path] = []
    if environ.get("GIT_CONFIG_NOSYSTEM", "").lower() not in ("1", "true", "yes", "on"):
        files.append(Path(environ.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig"))
    chosen = environ.get("GIT_CONFIG_GLOBAL")
    files += (
        [Path(chosen)]
        if chosen is not None
        else [xdg / "git" / "config", Path(home) / ".gitconfig"]
    )
    values: dict[str, str] = {}
    for file in files:
        values.update(_config(file, home=home))
    named = values.get("core.excludesfile")
    if named is None:
        return xdg / "git" / "ignore"
    return _expand(named, home) if named else None


def read_rules(path: Path, *, follow: bool = True) -> bytes:
    """The bytes of a rules file; empty for whatever is not a readable regular file of a sane size.

    Without `follow` a symbolic link is not read, as git does it for the `.gitignore` of a work
    tree.
    """
    flags = (
        os.O_RDONLY
        | getattr(os, "O_NONBLOCK", 0)
        | getattr(os, "O_CLOEXEC", 0)
        | getattr(os, "O_BINARY", 0)
    )
    try:
        status = path.stat() if follow else path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_RULES_BYTES:
            return b""
        descriptor = os.open(path, flags | (0 if follow else getattr(os, "O_NOFOLLOW", 0)))
    except (OSError, ValueError):
        return b""
    with open(descriptor, "rb") as file:  # noqa: PTH123
        try:
            return file.read(MAX_RULES_BYTES) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
        except OSError:
            return b""


def _linked(folder: Path, marker: Path) -> Path | None:
    """The common git directory that a `.git` file leads to, if that directory knows of this work
    tree in return.

    Without the way back a workspace could name any folder of the machine.
    """
    line = _text(marker)
    if not line.startswith("gitdir:"):
        return None
    private = Path(os.path.normpath(folder / line.removeprefix("gitdir:").strip()))
    back = _text(private / "gitdir")
    if back and os.path.realpath(private / back) == os.path.realpath(marker):
        common = _text(private / "commondir")
        return Path(os.path.normpath(private / common)) if common else private
    tree = _config(private / "config").get("core.worktree", "")
    return (
        private if tree and os.path.realpath(private / tree) == os.path.realpath(folder) else None
    )


def _text(path: Path) -> str:
    """The one line of a small file of git's."""
    return read_rules(path)[:4096].decode("utf-8", "surrogateescape").strip()


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _expand(value: str, home: str) -> Path:
    return Path(home + value[1:]) if value == "~" or value.startswith("~/") else Path(value)


_SECTION = re.compile(r'\s*\[\s*([-.\w]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
_KEY = re.compile(r"\s*([A-Za-z][-\w]*)\s*(=?)(.*)", re.DOTALL)


def _config(path: Path, *, home: str | None = None, depth: int = 0) -> dict[str, str]:
    """The values of a git configuration file by lower-case `section.key`, sections with a
    subsection left out.

    `include.path` is followed only with a `home`, which says that the file is the user's own.
    """
    values: dict[str, str] = {}
    section = ""
    text = read_rules(path).decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    for raw in re.sub(r"\\\r?\n", "", text).splitlines():
        line = raw
        if header := _SECTION.match(line):
            section = "" if header[2] is not None else header[1].lower()
            line = line[header.end() :]
        found = _KEY.match(line)
        if not section or found is None:
            continue
        key, value = f"{section}.{found[1].lower()}", _value(found[3]) if found[2] else "true"
        if key == "include.path" and home is not None and depth < _INCLUDE_DEPTH:
            values.update(_config(path.parent / _expand(value, home), home=home, depth=depth + 1))
        else:
            values[key] = value
    return values


def _value(raw: str) -> str:
    """A value without its comment, its quotes and the blanks around it."""
    out: list[str] = []
    kept = 0
    quoted, at = False, 0
    raw = raw.lstrip()
    while at < len(raw):
        char = raw[at]
        if char == '"':
            quoted = not quoted
            kept = len(out)
        elif char in "#;" and not quoted:
            break
        elif char == "\\" and at + 1 < len(raw):
            at += 1
            out.append({"n": "\n", "t": "\t", "b": "\b"}.get(raw[at], raw[at]))
            kept = len(out)
        else:
            out.append(char)
            if quoted or not char.isspace():
                kept = len(out)
        at += 1
    return "".join(out[:kept])
