"""What language a file is in, by its name, its first line, and for shared extensions by what is in
it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from codetriever_lsp.text.grammar import has_query
from codetriever_lsp.text.language_rules import choose
from codetriever_lsp.text.language_table import CASED_EXTENSIONS, TABLE

__all__ = ["HEAD_BYTES", "LANGUAGES", "Language", "detect"]

HEAD_BYTES = 8192
"""How much of a file `detect` looks at; more may be passed."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language by name, and the tree-sitter grammar that reads it ("" if there is none)."""

    name: str
    grammar: str

    @property
    def queried(self) -> bool:
        """Whether there is a query that finds definitions in it."""
        return bool(self.grammar) and has_query(self.grammar)


_DIALECTS = {"ocaml_interface": "ocaml", "fsharp_signature": "fsharp"}
"""Grammars for some of the files of a language: to people the language is one."""

LANGUAGES: dict[str, Language] = {
    row.name: Language(
        _DIALECTS.get(row.name, row.name), row.name if row.grammar is None else row.grammar
    )
    for row in TABLE
}
"""All languages by name, and the dialects that have a grammar of their own by the name of that."""

_WRAPPED = frozenset("in tmpl tpl template dist sample example orig bak".split())
"""Extensions behind the one that says what a file is (`config.h.in`)."""


def detect(path: str, head: bytes = b"") -> Language:
    """The language of the file at `path` (only its last component counts) that begins with `head`;
    "text" if nothing fits.
    """
    head = head[:HEAD_BYTES]
    name = path.rpartition("/")[2]
    found = _by_name(name, head) or _by_shebang(head) or _by_content(head)
    return LANGUAGES.get(found, LANGUAGES["text"])


def _by_name(name: str, head: bytes) -> str:
    lower = name.lower()
    if lower in _NAMES:
        return _NAMES[lower]
    stem, dot, last = name.rpartition(".")
    if not (dot and stem):
        return ""
    if last in CASED_EXTENSIONS:
        return _by_rule(last.lower(), CASED_EXTENSIONS[last], head)
    last = last.lower()
    if last in _WRAPPED and (inner := _by_name(stem, head)):
        return inner
    middle = stem.rpartition(".")[2].lower()
    if f"{middle}.{last}" in _EXTENSIONS:
        return _EXTENSIONS[f"{middle}.{last}"]
    if last in _EXTENSIONS:
        return _by_rule(last, _EXTENSIONS[last], head)
    return _PREFIXES.get(lower.partition(".")[0] or "." + lower.split(".")[1], "")


def _by_shebang(head: bytes) -> str:
    """The language of the interpreter in a `#!` line: `env`, its options and assignments, and
    versions are seen through.
    """
    if not head.startswith(b"#!"):
        return ""
    words = head[2:512].split(b"\n", 1)[0].decode("latin-1").split()
    if words and words[0].rpartition("/")[2] == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    if not words:
        return ""
    program = words[0].replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe")
    return _PROGRAMS.get(program) or _PROGRAMS.get(program.rstrip("0123456789.-"), "")


_BEGINNINGS = (
    (re.compile(rb"\s*<\?php\b"), "php"),
    (re.compile(rb"\s*<\?xml\b"), "xml"),
    (re.compile(rb"\s*<!doctype\s+html|\s*<html\b", re.IGNORECASE), "html"),
    (re.compile(rb"-----BEGIN [A-Z ]+-----"), "pem"),
    (re.compile(rb"diff --git |--- a/"), "diff"),
    (re.compile(rb"[^\n]{0,200}-\*-[^\n]{0,100}?\b(?:mode:\s*)?([A-Za-z+#]+)[^\n]{0,100}-\*-"), ""),
    (
        re.compile(
            rb"[^\n]{0,200}\b(?:vim?|ex):[^\n]{0,100}\b(?:ft|filetype|syntax)=([A-Za-z+#]+)"
        ),
        "",
    ),
)
_MODES = {
    "c++": "cpp",
    "sh": "bash",
    "shell-script": "bash",
    "emacs-lisp": "elisp",
    "cperl": "perl",
    "c#": "csharp",
    "js": "javascript",
    "makefile": "make",
}


def _by_content(head: bytes) -> str:
    """For names that say nothing: what the file begins with, or an editor's mode line on its first
    line.
    """
    start = head.removeprefix(b"\xef\xbb\xbf")
    for pattern, language in _BEGINNINGS:
        match = pattern.match(start)
        if match is None:
            continue
        if language:
            return language
        mode = match[1].decode("ascii").lower()
        mode = _MODES.get(mode, mode)
        if mode in LANGUAGES:
            return mode
    return ""


def _by_rule(extension: str, usual: str, head: bytes) -> str:
    return (choose(extension, head) or usual) if head else usual


def _index(field: str) -> dict[str, str]:
    """Every word of one column of the table with its language; the first row that has the word
    keeps it.
    """
    found: dict[str, str] = {}
    for row in TABLE:
        for word in getattr(row, field).split():
            found.setdefault(word, row.name)
    return found


_EXTENSIONS = _index("extensions")
_PROGRAMS = _index("programs")
_LISTED = _index("names")
_NAMES = {name: language for name, language in _LISTED.items() if not name.endswith(".")}
_PREFIXES = {name[:-1]: language for name, language in _LISTED.items() if name.endswith(".")}
