"""Path globs in linear time: `*`, `?`, `[a-z]`, `{a,b}` and `**`, as editors know them.

A pattern without a slash matches the file name in any folder; one that ends in a slash, everything
below. Globs come from clients and are compiled to expressions whose wildcards commit to the
earliest match (atomic groups), so that no pattern makes matching explode.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from codetriever_lsp.errors import BadRequest

__all__ = ["PathFilter", "compile_glob"]

_MOST_ALTERNATIVES = 64
_LONGEST_GLOB = 1000


class PathFilter:
    """Which relative paths a list of globs lets through: any of the plain ones (all if there is
    none), none of the `!` ones.
    """

    def __init__(self, globs: Sequence[str]) -> None:
        self._include = [compile_glob(glob) for glob in globs if not glob.startswith("!")]
        self._exclude = [compile_glob(glob[1:]) for glob in globs if glob.startswith("!")]

    def matches(self, path: str) -> bool:
        """Whether `path` (relative, with forward slashes) passes."""
        if self._include and not any(glob.match(path) for glob in self._include):
            return False
        return not any(glob.match(path) for glob in self._exclude)


@lru_cache(maxsize=256)
def compile_glob(glob: str) -> re.Pattern[str]:
    """The expression that matches the whole of each path that `glob` means; BadRequest for a glob
    that cannot be meant.
    """
    if len(glob) > _LONGEST_GLOB:
        raise BadRequest(f"glob longer than {_LONGEST_GLOB} characters: {glob[:40]}…")
    if not glob.strip():
        raise BadRequest("a path glob is empty; leave it out to search everywhere")
    shape = glob.replace("\\", "/").removeprefix("./").removeprefix("/")
    if "/" not in shape:
        shape = f"**/{shape}"
    elif shape.endswith("/"):
        shape += "**"
    alternatives = [_translate(option, glob) for option in _expand(shape, glob)]
    return re.compile(rf"(?:{'|'.join(alternatives)})\Z", re.DOTALL)


def _expand(glob: str, whole: str) -> list[str]:
    """`a{b,c}` as `ab` and `ac`, nested ones too, innermost last."""
    results: list[str] = []
    open_ones = [glob]
    while open_ones:
        text = open_ones.pop()
        start = text.find("{")
        if start < 0:
            if "}" in text:
                raise BadRequest(f"glob {whole!r}: '}}' without '{{'")
            results.append(text)
        else:
            options, end = _options(text, start, whole)
            open_ones.extend(text[:start] + option + text[end:] for option in reversed(options))
        if len(results) + len(open_ones) > _MOST_ALTERNATIVES:
            raise BadRequest(f"glob {whole!r} has more than {_MOST_ALTERNATIVES} alternatives")
    return results


def _options(text: str, start: int, whole: str) -> tuple[list[str], int]:
    depth, options, begin = 0, [], start + 1
    for at in range(start, len(text)):
        char = text[at]
        depth += (char == "{") - (char == "}")
        if (char == "," and depth == 1) or depth == 0:
            options.append(text[begin:at])
            begin = at + 1
        if depth == 0:
            return options, at + 1
    raise BadRequest(f"glob {whole!r}: '{{' is never closed")


def _translate(glob: str, whole: str) -> str:
    """One glob without braces. Folders between two `**` are found at their earliest place, which is
    always good enough.
    """
    pieces: list[str] = []
    segments = [segment for segment in glob.split("/") if segment]
    groups: list[list[str]] = [[]]
    for segment in segments:
        if segment == "**":
            groups.append([])
        else:
            groups[-1].append(_segment(segment, whole))
    if len(groups) == 1:
        return "/".join(groups[0])
    head, *middle, tail = groups
    pieces.extend(f"{segment}/" for segment in head)
    pieces.extend(
        f"(?>(?:[^/]+/)*?{''.join(f'{segment}/' for segment in group)})"
        for group in middle
        if group
    )
    pieces.append(f"(?:[^/]+/)*{'/'.join(tail)}" if tail else ".+")
    return "".join(pieces)


def _segment(segment: str, whole: str) -> str:
    """One path part: runs between stars commit to their earliest match; the last run must end the
    part.
    """
    runs = [_run(run, whole) for run in re.split(r"\*+", segment)]
    if len(runs) == 1:
        return runs[0]
    first, *middle, last = runs
    return first + "".join(f"(?>[^/]*?{run})" for run in middle if run) + f"[^/]*{last}"


def _run(text: str, whole: str) -> str:
    out, at = [], 0
    while at < len(text):
        char = text[at]
        if char == "?":
            out.append("[^/]")
        elif char == "[":
            end = text.find("]", at + 2)
            if end < 0:
                raise BadRequest(f"glob {whole!r}: '[' is never closed")
            body = text[at + 1 : end]
            negated = body[0] in "!^"
            out.append(f"(?!/)[{'^' if negated else ''}{_class(body[negated:], whole)}]")
            at = end
        else:
            out.append(re.escape(char))
        at += 1
    return "".join(out)


def _class(body: str, whole: str) -> str:
    escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", body)
    try:
        re.compile(f"[{escaped}]")
    except re.error as error:
        raise BadRequest(f"glob {whole!r}: bad character range [{body}]") from error
    return escaped
