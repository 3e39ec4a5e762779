"""The lines of an ignore file, and what the last one that matches a path says of it.

The meaning is git's (`dir.c`): a path is matched on its own, never because a folder above it
matches; whoever asks goes down from the top and stops at the first excluded folder, below which
nothing can be included again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from codetriever_lsp.workspace.wildmatch import SPECIAL, as_bytes, compile_glob

__all__ = ["Pattern", "PatternList", "lines_of", "parse"]

MAX_LINE = 4096
"""Longer lines name no path that can exist; they are skipped."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line. `glob` is without `!`, the slash at its end and the one at its start; `anchored` if
    a slash decides where.
    """

    glob: str
    negated: bool
    folders_only: bool
    anchored: bool


def lines_of(data: bytes) -> list[str]:
    """The lines of an ignore file, one character for each byte; an UTF-8 byte order mark is no part
    of the first.
    """
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1").split("\n")
    return [line.removesuffix("\r") for line in lines]


def parse(line: str) -> Pattern | None:
    """One line, bytes as characters; None for blank lines and comments."""
    if line.startswith("#") or len(line) > MAX_LINE:
        return None
    glob = _without_trailing_spaces(line)
    negated = glob.startswith("!")
    glob = glob[negated:]
    folders_only = glob.endswith("/")
    glob = glob[: len(glob) - folders_only]
    anchored = "/" in glob
    glob = glob.removeprefix("/")
    return Pattern(glob, negated, folders_only, anchored) if glob else None


def _without_trailing_spaces(line: str) -> str:
    """Spaces at the end do not count, unless a backslash stands before them."""
    at, end = 0, 0
    while at < len(line):
        step = 2 if line[at] == "\\" else 1
        if line[at] != " ":
            end = min(at + step, len(line))
        at += step
    return line[:end]


Test = Callable[[str], bool]


class PatternList:
    """Patterns in the order of their file; the last that matches decides. `fold` ignores the case
    of ASCII letters.

    Plain names and `*.ext` are looked up, only the others are tried one by one.
    """

    def __init__(self, lines: Iterable[str], *, fold: bool = False) -> None:
        self._fold = fold
        self._patterns: list[Pattern] = []
        self._names: dict[str, list[int]] = {}
        self._suffixes: dict[str, list[int]] = {}
        self._rest: list[tuple[int, bool, Test]] = []
        for line in lines:
            pattern = parse(line)
            if pattern is not None:
                self._add(pattern)

    def __len__(self) -> int:
        return len(self._patterns)

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        return tuple(self._patterns)

    def verdict(self, rel: str, is_dir: bool) -> bool | None:
        """True: ignore; False: a `!` line takes it back; None: no line matches. `rel` is relative
        to the file's folder.
        """
        if not self._patterns:
            return None
        rel = as_bytes(rel)
        if self._fold:
            rel = _lower(rel)
        name = rel[rel.rfind("/") + 1 :]
        best = -1
        for at in (
            *self._names.get(name, ()),
            *self._suffixes.get(name[name.rfind(".") :] if "." in name else "", ()),
        ):
            if at > best and (is_dir or not self._patterns[at].folders_only):
                best = at
        for at, anchored, test in reversed(self._rest):
            if at < best:
                break
            if (is_dir or not self._patterns[at].folders_only) and test(rel if anchored else name):
                best = at
                break
        return None if best < 0 else not self._patterns[best].negated

    def _add(self, pattern: Pattern) -> None:
        at = len(self._patterns)
        glob = _lower(pattern.glob) if self._fold else pattern.glob
        if not pattern.anchored and not SPECIAL.search(glob):
            self._names.setdefault(glob, []).append(at)
        elif not pattern.anchored and re.fullmatch(r"\*\.[^*?\[\\.]+", glob):
            self._suffixes.setdefault(glob[1:], []).append(at)
        else:
            test = _test(glob, pattern.anchored, self._fold)
            if test is None:
                return
            self._rest.append((at, pattern.anchored, test))
        self._patterns.append(pattern)


def _test(glob: str, anchored: bool, fold: bool) -> Test | None:
    """What tells if a path (or, for a pattern that is not anchored, a name) matches; None if
    nothing can.
    """
    special = SPECIAL.search(glob)
    if special is None:
        return glob.__eq__
    # git takes the literal head of an anchored pattern away first, so that the `**` of `foo**/bar`
    # stands at a start.
    head = glob[: special.start()] if anchored else ""
    matcher = compile_glob(glob[len(head) :], fold=fold)
    if matcher is None:
        return None
    full = matcher.fullmatch

    def matches(path: str) -> bool:
        return path.startswith(head) and full(path, len(head)) is not None

    return matches


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _lower(text: str) -> str:
    """ASCII letters only: the characters stand for bytes."""
    return text.translate(_LOWER)
