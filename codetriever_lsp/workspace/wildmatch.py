"""git's wildcards as regular expressions that cannot backtrack for ever.

The meaning is that of git's `wildmatch.c` with WM_PATHNAME, bytes and all: `?` is one byte, so
patterns and paths are both given as UTF-8 read as Latin-1 (`as_bytes`). Between two stars the
leftmost match is always good enough, because the second star can take up what is left; an atomic
group says so, and the time stays polynomial of a small degree where the plain translation is
exponential (a workspace brings its own patterns: they are hostile input).
"""

from __future__ import annotations

import re

__all__ = ["SPECIAL", "as_bytes", "compile_glob", "translate"]

SPECIAL = re.compile(r"[*?\[\\]")
"""Where the literal head of a pattern ends."""

_STAR, _FOLDERS, _ANYTHING = "*", "**/", "**"
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t\n\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class _NeverMatches(Exception):
    """The pattern is malformed in a way that git answers with "no match"."""


def as_bytes(text: str) -> str:
    """`text` with one character for each of its UTF-8 bytes; undecodable bytes stay what they
    were.
    """
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def compile_glob(glob: str, *, fold: bool = False) -> re.Pattern[str] | None:
    """A pattern to `fullmatch` with; None if no path can match. `fold` ignores the case of ASCII
    letters.
    """
    try:
        return re.compile(translate(glob), re.DOTALL | re.ASCII | (re.IGNORECASE if fold else 0))
    except _NeverMatches:
        return None


def translate(glob: str) -> str:
    """The regular expression of a glob over a relative path; raises for a glob that matches
    nothing.
    """
    return _assemble(_tokens(glob))


def _tokens(glob: str) -> list[tuple[str, str]]:
    """Pairs of what a token is (_STAR, _FOLDERS, _ANYTHING, or "" for one character) and the
    expression of that character.
    """
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(glob):
        char = glob[at]
        if char == "*":
            kind, at = _stars(glob, at)
            if kind != _STAR or not tokens or tokens[-1][0] != _STAR:
                tokens.append((kind, ""))
        elif char == "?":
            tokens.append(("", "[^/]"))
            at += 1
        elif char == "[":
            expression, at = _bracket(glob, at)
            tokens.append(("", expression))
        else:
            if char == "\\":
                at += 1
                if at == len(glob):
                    raise _NeverMatches
            tokens.append(("", re.escape(glob[at])))
            at += 1
    return tokens


def _stars(glob: str, at: int) -> tuple[str, int]:
    """The kind of the run of stars that starts at `at`, and where the glob goes on."""
    end = at
    while end < len(glob) and glob[end] == "*":
        end += 1
    alone = (at == 0 or glob[at - 1] == "/") and (
        end == len(glob) or glob[end] == "/" or glob.startswith("\\/", end)
    )
    if end - at == 1 or not alone:
        return _STAR, end
    if end < len(glob) and glob[end] == "/":
        return _FOLDERS, end + 1
    return _ANYTHING, end


def _bracket(glob: str, at: int) -> tuple[str, int]:
    """The expression of the set that starts at `at`, and where the glob goes on."""
    at += 1
    negated = at < len(glob) and glob[at] in "!^"
    at += negated
    parts: list[str] = []
    previous, first = "", True
    while first or glob[at : at + 1] != "]":
        first = False
        if at >= len(glob):
            raise _NeverMatches
        if glob[at] == "-" and previous and glob[at + 1 : at + 2] not in ("", "]"):
            low, (high, at) = previous, _member(glob, at + 1)
            if low <= high:
                parts.append(f"{re.escape(low)}-{re.escape(high)}")
            previous = ""
        elif glob.startswith("[:", at) and (named := _named_set(glob, at)):
            expression, at = named
            parts.append(expression)
            previous = ""
        else:
            previous, at = _member(glob, at)
            parts.append(_in_set(previous))
    inside = "".join(parts)
    if negated:
        return f"[^/{inside}]", at + 1
    return (f"(?!/)[{inside}]" if inside else "(?!)"), at + 1


def _member(glob: str, at: int) -> tuple[str, int]:
    """The character of a set at `at`, its backslash taken away, and where the set goes on."""
    at += glob[at] == "\\"
    if at >= len(glob):
        raise _NeverMatches
    return glob[at], at + 1


def _named_set(glob: str, at: int) -> tuple[str, int] | None:
    """`[:alpha:]` and its like; None where the text is not of that form and so an ordinary `[`."""
    end = glob.find("]", at + 2)
    if end < 0:
        raise _NeverMatches
    if end - 1 < at + 2 or glob[end - 1] != ":":
        return None
    name = glob[at + 2 : end - 1]
    if name not in _POSIX:
        raise _NeverMatches
    return _POSIX[name], end + 1


def _in_set(char: str) -> str:
    return "\\" + char if char in "\\]^-[&~|" else char


def _assemble(tokens: list[tuple[str, str]]) -> str:
    """Blocks between `**`, each of them pieces between `*`; all but the last of each are atomic."""
    blocks: list[tuple[str, list[str]]] = [("", [""])]
    for kind, expression in tokens:
        if kind in (_FOLDERS, _ANYTHING):
            blocks.append((kind, [""]))
        elif kind == _STAR:
            blocks[-1][1].append("")
        else:
            blocks[-1][1][-1] += expression
    last = len(blocks) - 1
    return "".join(_block(kind, pieces, at == last) for at, (kind, pieces) in enumerate(blocks))


def _block(kind: str, pieces: list[str], last: bool) -> str:
    head, *middle = pieces
    body = head
    if middle:
        body += "".join(f"(?>[^/]*?{piece})" for piece in middle[:-1]) + f"[^/]*{middle[-1]}"
    lead = {"": "", _FOLDERS: "(?:.*/)?", _ANYTHING: ".*"}[kind]
    if last or kind == "":
        return lead + body
    return f"(?>{'(?:.*?/)??' if kind == _FOLDERS else '.*?'}{body})"
