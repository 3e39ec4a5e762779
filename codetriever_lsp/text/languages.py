"""What language a file is in, by its name, its first line, and for shared extensions by what is in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from codetriever_lsp.text.grammar import has_query
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


LANGUAGES: dict[str, Language] = {
    row.name: Language(row.name, row.name if row.grammar is None else row.grammar) for row in TABLE
}
"""All languages by name. A dialect with a grammar of its own (`ocaml_interface`) is a language of its own."""


def detect(path: str, head: bytes = b"") -> Language:
    """The language of the file at `path` (only its last component counts) that begins with `head`; "text" if nothing fits."""
    head = head[:HEAD_BYTES]
    name = path.rpartition("/")[2]
    found = _by_name(name, head) or _by_shebang(head) or _by_content(head)
    return LANGUAGES.get(found, LANGUAGES["text"])


def _by_name(name: str, head: bytes) -> str:
    lower = name.lower()
    if lower in _NAMES:
        return _NAMES[lower]
    stem, dot, last = name.rpartition(".")
    if not dot:
        return ""
    if last in CASED_EXTENSIONS:
        return _by_rule(last.lower(), CASED_EXTENSIONS[last], head)
    last = last.lower()
    middle = stem.rpartition(".")[2].lower()
    found = _EXTENSIONS.get(f"{middle}.{last}") if stem else None
    if found is None and last in _EXTENSIONS and stem:
        found = _by_rule(last, _EXTENSIONS[last], head)
    if found is None or (found == "text" and last not in _EXTENSIONS):
        prefix = lower.partition(".")[0] or "." + lower[1:].partition(".")[0]
        return _PREFIXES.get(prefix, found or "")
    return found


def _by_shebang(head: bytes) -> str:
    """The language of the interpreter in a `#!` line: `env`, its options and assignments, and versions are seen through."""
    if not head.startswith(b"#!"):
        return ""
    words = head[2:512].split(b"\n", 1)[0].decode("latin-1").split()
    programs = [word.replace("\\", "/").rpartition("/")[2].lower() for word in words]
    if programs and programs[0] in ("env", "env.exe"):
        programs = [word for word in programs[1:] if not word.startswith("-") and "=" not in word]
    if not programs:
        return ""
    program = programs[0].removesuffix(".exe")
    return _PROGRAMS.get(program) or _PROGRAMS.get(program.rstrip("0123456789.-"), "")


_BEGINNINGS = (
    (re.compile(rb"\s*<\?php\b"), "php"),
    (re.compile(rb"\s*<\?xml\b"), "xml"),
    (re.compile(rb"\s*<!doctype\s+html|\s*<html\b", re.I), "html"),
    (re.compile(rb"-----BEGIN [A-Z ]+-----"), "pem"),
    (re.compile(rb"diff --git |--- a/"), "diff"),
    (re.compile(rb"[^\n]{0,200}-\*-[^\n]{0,100}?\b(?:mode:\s*)?([A-Za-z+#]+)[^\n]{0,100}-\*-"), ""),
    (re.compile(rb"[^\n]{0,200}\b(?:vim?|ex):[^\n]{0,100}\b(?:ft|filetype|syntax)=([A-Za-z+#]+)"), ""),
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
    """For names that say nothing: what the file begins with, or an editor's mode line on its first line."""
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


# Extensions that several languages share: each rule gets the head and says which, or "" for the usual one.

_Rule = Callable[[bytes], str]


def _choose(*choices: tuple[str, str]) -> _Rule:
    """A rule that takes the first language whose pattern (multi-line) is found."""
    compiled = [(language, re.compile(pattern.encode("ascii"), re.M)) for language, pattern in choices]

    def rule(head: bytes) -> str:
        return next((language for language, pattern in compiled if pattern.search(head)), "")

    return rule


_OBJC = r"^[ \t]*(?:@(?:interface|implementation|protocol|class|property|import|end|synthesize|autoreleasepool)\b|#import\b)"
_CPP = (
    r"^[ \t]*(?:class\s+\w+[^;\n]*[{:]|class\s+\w+\s*;|namespace\b|template\s*<|using\s+(?:namespace\b|\w+\s*=)|public:|private:|protected:"
    r"|constexpr\b|#\s*include\s*<(?:[a-z_]+|[a-z/_]+\.hpp|bits/[^>]+)>|enum\s+class\b|virtual\b|explicit\b|friend\b)|\bstd::\w|\boperator\s*[=+\-*<(\[]|\bnoexcept\b"
)
_RULES: dict[str, _Rule] = {
    "h": _choose(("objc", _OBJC), ("cpp", _CPP)),
    "m": _choose(
        ("objc", _OBJC + r"|^[ \t]*(?:#\s*(?:include|define|if|pragma)\b|//|/\*)"),
        ("matlab", r"^[ \t]*(?:function\b|classdef\b|%|end\s*$|clear\b|clc\b|disp\(|fprintf\()|^\s*\w+\s*=\s*[\[(@\w]"),
    ),
    "pl": _choose(
        ("perl", r"^[ \t]*(?:use|no)\s+(?:strict|warnings|v?5|[A-Z]\w*)\b|^[ \t]*(?:package|sub|my|our)\s|^#!.*perl|^=(?:head\d|pod|cut)\b"),
        ("prolog", r"^[ \t]*:-|^[a-z]\w*\([^\n]{0,200}\)\s*(?::-|\.\s*$)|^[a-z]\w*\s*:-"),
    ),
    "t": _choose(("perl", r"^[ \t]*(?:use|my|our|package|sub)\s|^#!.*perl"), ("text", r"\A")),
    "v": _choose(
        ("verilog", r"^[ \t]*(?:module\s+\w+\s*[#(;]|`(?:timescale|include|define|ifdef|default_nettype)|endmodule\b|always\s*@|assign\s)"),
        ("v", r"^[ \t]*(?:module\s+\w+\s*$|(?:pub\s+)?fn\s|import\s+\w+|struct\s+\w+\s*\{|\w+\s*:=)"),
        ("coq", r"^[ \t]*(?:Require|Theorem|Lemma|Definition|Proof|Inductive|Fixpoint)\b"),
    ),
    "ts": _choose(("xml", r"\A\s*(?:\xef\xbb\xbf)?<\?xml|\A\s*<!DOCTYPE TS|^<TS\b")),
    "d": _choose(("make", r"\A[^\s:]+\.(?:o|lo|obj|d|rlib|rmeta)\s*:|^[^\n]+: +\S+[^\n]*\\$")),
    "cls": _choose(
        ("latex", r"^\s*\\(?:NeedsTeXFormat|ProvidesClass|LoadClass|def|newcommand)|^%"),
        ("visualbasic", r"^VERSION \d|^Attribute VB_"),
        ("apex", r"\b(?:class|interface|enum)\s+\w+"),
    ),
    "fs": _choose(("glsl", r"^\s*(?:#version\s+\d|(?:uniform|varying|in|out)\s+\w+\s+\w+;|void\s+main\s*\()")),
    "vs": _choose(("glsl", r"^\s*(?:#version|(?:uniform|varying|attribute|in|out)\s+\w+\s+\w+;|void\s+main)"), ("text", r"\A")),
    "cl": _choose(("c", r"__kernel\b|^\s*kernel\s+void|^#\s*(?:define|include|pragma)|get_global_id")),
    "pp": _choose(("pascal", r"(?i)^\s*(?:unit|program|library|uses|interface|begin|procedure)\b(?!\s*=>)")),
    "inc": _choose(
        ("php", r"<\?(?:php|=)"),
        ("pascal", r"(?i)^\s*(?:procedure|function)\s+\w+[^{\n]*;|^\{\$"),
        ("bitbake", r"^(?:SUMMARY|DESCRIPTION|LICENSE|SRC_URI|DEPENDS|require|inherit)\b"),
        ("asm", r"^\s*(?:%macro|\.macro|mov\w?\s|section\s|\w+\s+equ\s)"),
        ("cpp", _CPP),
        ("c", r"^\s*(?:#\s*(?:include|define|if|ifdef|ifndef|undef|pragma)|[\w*\s]+\([^)\n]*\)\s*[;{]|//|/\*|[A-Z_]+\()"),
        ("text", r"\A"),
    ),
    "mod": _choose(("gomod", r"^(?:module|go|require|replace)\b"), ("xml", r"<!ENTITY|<!ELEMENT"), ("text", r"\A")),
    "as": _choose(("actionscript", r"^\s*(?:package\b|import\s+[\w.]+|(?:public|private)\s+(?:class|function))"), ("text", r"\A")),
    "bb": _choose(("clojure", r"^\s*\((?:ns|require|def|defn|let|println)\b|^#!.*\bbb\b"), ("bitbake", r"\A")),
    "sc": _choose(("scala", r"^\s*(?:import|package|object|class|def|val|var|trait|@main|//>)\b"), ("text", r"\A")),
    "os": _choose(("text", r"\A(?![\s\S]*(?:\xd0|\xd1|Procedure|Function))")),
    "re": _choose(("re2c", r"/\*!re2c|%\{"), ("reason", r"^\s*(?:let|module|open|type)\b"), ("text", r"\A")),
    "rules": _choose(("udev", r"^\s*(?:ACTION|SUBSYSTEM|KERNEL|ATTRS?\{|ENV\{|DRIVERS?)"), ("make", r"^\w+:"), ("text", r"\A")),
    "scm": _choose(("query", r"^\s*[(\[][^\n;]{0,200}\)\s*@[\w.]+|^\s*\(#(?:eq|match|any-of|set)[?!]|^\s*\][ \t]*@[\w.]+|\) @[\w.]+$")),
    "fc": _choose(("text", r"^/[^\n]*\s+gen_context\("),),
    "func": _choose(("func", r"^\s*(?:#include|#pragma|\(\)|\w+\s+\w+\()"), ("text", r"\A")),
    "module": _choose(("php", r"<\?php"), ("text", r"\A")),
    "cgi": _choose(("perl", r"^#!.*perl|^\s*use\s+(?:strict|CGI)"), ("python", r"^#!.*python"), ("bash", r"^#!.*sh"), ("perl", r"\A")),
    "map": _choose(("json", r"\A\s*[{\[]"), ("text", r"\A")),
    "target": _choose(("ini", r"^\["), ("xml", r"\A\s*<"), ("text", r"\A")),
    "config": _choose(("xml", r"\A(?:\xef\xbb\xbf)?\s*<"), ("erlang", r"\A\s*[%{\[]"), ("ini", r"^\[\w"), ("text", r"\A")),
    "conf": _choose(("nginx", r"^\s*(?:server|location|upstream|http|events)\b[^\n]*\{"), ("ini", r"^\[[\w. :-]+\]\s*$")),
    "cfg": _choose(("ini", r"^\s*\["), ("text", r"\A")),
    "syntax": _choose(("yaml", r"^%YAML|^---"), ("text", r"\A")),
    "ui": _choose(("xml", r"\A\s*<"), ("text", r"\A")),
    "launch": _choose(("xml", r"\A\s*<"), ("text", r"\A")),
    "filters": _choose(("xml", r"<"), ("text", r"\A")),
    "f": _choose(("fortran", r"(?i)^\s*(?:program|subroutine|function|module|implicit|integer|real|c\s|\*)"), ("text", r"\A")),
    "for": _choose(("fortran", r"(?i)^\s*(?:program|subroutine|function|module|implicit|integer|real)"), ("text", r"\A")),
    "rd": _choose(("text", r"\A")),
    "res": _choose(("reason", r"^\s*(?:let|module|open|type|@react)\b"), ("text", r"\A")),
    "in": _choose(("text", r"\A")),
    "properties": _choose(("properties", r"\A")),
    "asc": _choose(("pem", r"-----BEGIN"), ("asciidoc", r"^= |^== ")),
    "tm": _choose(("tcl", r"^\s*(?:proc|namespace|package)\b"), ("text", r"\A")),
    "exp": _choose(("tcl", r"^\s*(?:proc|spawn|expect|send|set|package|load_lib|if)\b"), ("text", r"\A")),
    "workflow": _choose(("hcl", r"\{"), ("text", r"\A")),
    "mll": _choose(("ocaml", r"\A")),
    "list": _choose(("text", r"\A")),
    "al": _choose(("perl", r"^\s*(?:package|sub|use)\s"), ("text", r"\A")),
    "pro": _choose(("prolog", r"^[a-z]\w*\([^\n]{0,200}\)\s*(?::-|\.\s*$)|^\s*:-"), ("qmake", r"^\s*(?:QT|TEMPLATE|SOURCES|HEADERS|TARGET|CONFIG)\s*[+-]?="), ("text", r"\A")),
}  # fmt: skip


def _by_rule(extension: str, usual: str, head: bytes) -> str:
    rule = _RULES.get(extension)
    return (rule(head) or usual) if rule is not None and head else usual


def _index(field: str) -> dict[str, str]:
    """Every word of one column of the table with its language; the first row that has the word keeps it."""
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
