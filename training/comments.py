"""Doc comments and other comments in the text of a chunk: where they stand and what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Comment", "find_comments"]

_C = r"(?P<block>/\*[\s\S]*?\*/)|(?P<lines>(?:^[ \t]*//.*\n?)+)"
_HASH = r"(?P<lines>(?:^[ \t]*#(?!!).*\n?)+)"
_STRINGS = {
    "python": r"(?:(?<=:\n)|\A)[ \t]*[rRuU]?(?P<doc>\"\"\"[\s\S]*?\"\"\"|\'\'\'[\s\S]*?\'\'\')",
    "elixir": r"@(?:module|type)?doc[ \t]+(?:~[sS])?(?P<doc>\"\"\"[\s\S]*?\"\"\"|\"(?:[^\"\\\n]|\\.)*\")",
    "julia": r"^(?P<doc>\"\"\"[\s\S]*?\"\"\")",
}
_PATTERNS = {
    "python": rf"{_STRINGS['python']}|{_HASH}",
    "elixir": rf"{_STRINGS['elixir']}|{_HASH}",
    "julia": rf"{_STRINGS['julia']}|{_HASH}",
    "ruby": rf"(?P<block>^=begin[\s\S]*?^=end)|{_HASH}",
    "haskell": r"(?P<block>\{-[\s\S]*?-\})|(?P<lines>(?:^[ \t]*--.*\n?)+)",
    "lua": r"(?P<block>--\[\[[\s\S]*?\]\])|(?P<lines>(?:^[ \t]*--.*\n?)+)",
    "ocaml": r"(?P<block>\(\*[\s\S]*?\*\))",
    "erlang": r"(?P<lines>(?:^[ \t]*%.*\n?)+)",
} | dict.fromkeys(("bash", "zsh", "fish", "perl", "r", "nim"), _HASH)
_COMPILED = {language: re.compile(pattern, re.MULTILINE) for language, pattern in _PATTERNS.items()}
_MARKS = re.compile(
    r"^[ \t]*(?:/\*[*!]?<?|\*/|\*(?!\*)|///?<?|//!|#[:|]?|---?(?:[ \t]*[|^])?|%+|=begin|=end"
    r"|\{-(?:[ \t]*[|^])?|-\}|\(\*\*?|--\[\[|\]\])[ \t]?",
    re.MULTILINE,
)
_ENDS = re.compile(r"[ \t]*(\*+/|-\}|\*\)|\]\])[ \t]*$")


@dataclass(frozen=True, slots=True)
class Comment:
    """`start` to `end` in the text of the chunk; `text` without marks. `leads`: nothing but code
    marks stand before it.

    `formal` says that the language's tools take it for documentation.
    """

    start: int
    end: int
    text: str
    leads: bool
    formal: bool


def find_comments(text: str, language: str) -> list[Comment]:
    """The comments that begin a line, in order; adjacent line comments are one."""
    found = []
    for match in _pattern(language).finditer(text):
        kind = match.lastgroup or "lines"
        raw = match[kind]
        if kind == "doc":
            body = raw.strip("\"'")
        else:
            if text[: match.start(kind)].rpartition("\n")[2].strip():
                continue  # behind code on its line
            body = _MARKS.sub("", _ENDS.sub("", raw))
        formal = kind == "doc" or raw.lstrip().startswith(
            ("/**", "///", "/*!", "//!", "-- |", "{-|", "(**", "---")
        )
        found.append(
            Comment(
                match.start(kind),
                match.end(kind),
                body.strip(),
                not text[: match.start(kind)].strip(),
                formal,
            )
        )
    return found


def _pattern(language: str) -> re.Pattern[str]:
    return _COMPILED.get(language, _C_LIKE)


_C_LIKE = re.compile(_C, re.MULTILINE)
