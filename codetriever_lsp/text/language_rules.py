"""File extensions that several languages share, and what in the text tells which one it is."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["SHARED", "choose"]

_OBJC = r"^[ \t]*(?:@(?:interface|implementation|protocol|class|property|import|end|synthesize|autoreleasepool)\b|#import\b)"
_CPP = (
    r"^[ \t]*(?:class\s+\w+[^;\n]*[{:]|class\s+\w+\s*;|namespace\b|template\s*<|using\s+(?:namespace\b|\w+\s*=)|constexpr\b"
    r"|(?:public|private|protected):"
    r"|#[ \t]*include[ \t]*<(?:[a-z_]+|[a-z/_]+\.hpp)>|(?:enum\s+class|virtual|explicit|friend)\b)"
    r"|\bstd::\w|\boperator\s*[=+\-*<(\[]|\bnoexcept\b"
)
_C = r"^[ \t]*(?:#[ \t]*(?:include|define|if|ifdef|ifndef|undef|pragma)\b|//|/\*|\w[\w* \t]*\([^)\n]*\)[ \t]*[;{])"
_XML = r"\A\s*<"
_PROLOG = r"^[ \t]*:-|^[a-z]\w*\([^\n]{0,200}\)[ \t]*(?::-|\.[ \t]*$)|^[a-z]\w*[ \t]*:-"
_PERL = r"^[ \t]*(?:use|no|my|our|package|sub)[ \t]|^#!.*perl|^=(?:head\d|pod|cut)\b"
_ANY = r"\A"

SHARED: dict[str, tuple[tuple[str, str], ...]] = {
    "h": (("objc", _OBJC), ("cpp", _CPP)),
    "m": (
        ("objc", _OBJC + r"|^[ \t]*(?:#[ \t]*(?:include|define|if|pragma)\b|//|/\*)"),
        (
            "matlab",
            r"^[ \t]*(?:function\b|classdef\b|%|end[ \t]*$|clear\b|clc\b|disp\(|fprintf\()|^[ \t]*\w+[ \t]*=[ \t]*[\[(@\w]",
        ),
    ),
    "pl": (("perl", _PERL), ("prolog", _PROLOG)),
    "t": (("perl", _PERL), ("text", _ANY)),
    "al": (("perl", _PERL), ("text", _ANY)),
    "cgi": (("perl", _PERL), ("python", r"\A#!.*python"), ("bash", r"\A#!.*sh\b")),
    "v": (
        (
            "verilog",
            r"^[ \t]*(?:module\s+\w+\s*[#(;]|`(?:timescale|include|define|ifdef|default_nettype)"
            r"|endmodule\b|always\s*@|assign\s)",
        ),
        (
            "v",
            r"^[ \t]*(?:module[ \t]+\w+[ \t]*$|(?:pub[ \t]+)?fn[ \t]|import[ \t]+\w+|struct[ \t]+\w+[ \t]*\{|\w+[ \t]*:=)",
        ),
        ("coq", r"^[ \t]*(?:Require|Theorem|Lemma|Definition|Proof|Inductive|Fixpoint)\b"),
    ),
    "ts": (("xml", r"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!DOCTYPE TS|<TS\b)"),),
    "d": (("make", r"\A[^\s:]+\.(?:o|lo|obj|d|rlib|rmeta)[ \t]*:|^[^\n]+: +\S+[^\n]*\\$"),),
    "cls": (
        ("latex", r"^[ \t]*\\(?:NeedsTeXFormat|ProvidesClass|LoadClass|def|newcommand)|^%"),
        ("visualbasic", r"^VERSION \d|^Attribute VB_"),
        ("apex", r"\b(?:class|interface|enum)\s+\w+"),
    ),
    "fs": (
        (
            "glsl",
            r"^[ \t]*(?:#version\s+\d|(?:uniform|varying|in|out)\s+\w+\s+\w+;|void\s+main\s*\()",
        ),
    ),
    "vs": (
        (
            "glsl",
            r"^[ \t]*(?:#version|(?:uniform|varying|attribute|in|out)\s+\w+\s+\w+;|void\s+main)",
        ),
        ("text", _ANY),
    ),
    "cl": (
        ("c", r"__kernel\b|^[ \t]*kernel\s+void|^#[ \t]*(?:define|include|pragma)|get_global_id"),
    ),
    "pp": (
        (
            "pascal",
            r"^[ \t]*(?:[Uu]nit|[Pp]rogram|[Ll]ibrary|[Uu]ses|[Ii]nterface|[Bb]egin|UNIT|PROGRAM)\b(?!\s*=>)",
        ),
    ),
    "inc": (
        ("php", r"<\?(?:php|=)"),
        ("pascal", r"^[ \t]*(?:[Pp]rocedure|[Ff]unction)\s+\w+[^{\n]*;|^\{\$"),
        ("bitbake", r"^(?:SUMMARY|DESCRIPTION|LICENSE|SRC_URI|DEPENDS|require|inherit)\b"),
        ("asm", r"^[ \t]*(?:%macro|\.macro|mov\w?\s|section\s|\w+[ \t]+equ\s)"),
        ("cpp", _CPP),
        ("c", _C),
        ("text", _ANY),
    ),
    "mod": (
        ("gomod", r"^(?:module|go|require|replace)\b"),
        ("xml", r"<!ENTITY|<!ELEMENT"),
        ("text", _ANY),
    ),
    "as": (
        (
            "actionscript",
            r"^[ \t]*(?:package\b|import\s+[\w.]+|(?:public|private)\s+(?:class|function))",
        ),
        ("text", _ANY),
    ),
    "bb": (
        ("clojure", r"^[ \t]*\((?:ns|require|def|defn|let|println)\b|\A#!.*\bbb\b"),
        ("bitbake", _ANY),
    ),
    "sc": (
        ("scala", r"^[ \t]*(?:import|package|object|class|def|val|var|trait|@main|//>)\b"),
        ("text", _ANY),
    ),
    "re": (
        ("re2c", r"/\*!re2c|%\{"),
        ("reason", r"^[ \t]*(?:let|module|open|type)\b"),
        ("text", _ANY),
    ),
    "res": (("reason", r"^[ \t]*(?:let|module|open|type|@react)\b"), ("text", _ANY)),
    "rules": (
        ("udev", r"^[ \t]*(?:ACTION|SUBSYSTEM|KERNEL|ATTRS?\{|ENV\{|DRIVERS?)"),
        ("make", r"^\w+:"),
        ("text", _ANY),
    ),
    "scm": (
        (
            "query",
            r"^[ \t]*[(\[][^\n;]{0,200}\)[ \t]*@[\w.]+|^[ \t]*\w+: \(|^[ \t]*\(#(?:eq|match|any-of|set)[?!]"
            r"|^[ \t]*\][ \t]*@[\w.]+|\) @[\w.]+$",
        ),
    ),
    "func": (("func", r"^[ \t]*(?:#include|#pragma|\(\)|\w+\s+\w+\()"), ("text", _ANY)),
    "module": (("php", r"<\?php"), ("text", _ANY)),
    "map": (("json", r"\A\s*[{\[]"), ("text", _ANY)),
    "target": (("ini", r"^\["), ("xml", _XML), ("text", _ANY)),
    "config": (
        ("xml", r"\A(?:\xef\xbb\xbf)?\s*<"),
        ("erlang", r"\A\s*[%{\[]"),
        ("ini", r"^\[\w"),
        ("text", _ANY),
    ),
    "conf": (
        ("nginx", r"^[ \t]*(?:server|location|upstream|http|events)\b[^\n]*\{"),
        ("ini", r"^\[[\w. :-]+\][ \t]*$"),
    ),
    "cfg": (("ini", r"^[ \t]*\["), ("text", _ANY)),
    "ui": (("xml", _XML), ("text", _ANY)),
    "f": (
        (
            "fortran",
            r"^[ \t]*(?:[Pp]rogram|PROGRAM|[Ss]ubroutine|SUBROUTINE|[Ff]unction|FUNCTION|[Mm]odule|[Ii]mplicit|IMPLICIT)\b",
        ),
        ("text", _ANY),
    ),
    "for": (
        (
            "fortran",
            r"^[ \t]*(?:[Pp]rogram|PROGRAM|[Ss]ubroutine|SUBROUTINE|[Ff]unction|FUNCTION|[Ii]mplicit|IMPLICIT)\b",
        ),
        ("text", _ANY),
    ),
    "asc": (("pem", r"-----BEGIN"), ("asciidoc", r"^={1,3} "), ("text", _ANY)),
    "tm": (("tcl", r"^[ \t]*(?:proc|namespace|package)\b"), ("text", _ANY)),
    "exp": (
        ("tcl", r"^[ \t]*(?:proc|spawn|expect|send|set|package|load_lib|if)\b"),
        ("text", _ANY),
    ),
    "workflow": (("hcl", r"\{"), ("text", _ANY)),
    "pro": (
        ("prolog", _PROLOG),
        ("qmake", r"^[ \t]*(?:QT|TEMPLATE|SOURCES|HEADERS|TARGET|CONFIG)[ \t]*[+-]?="),
        ("text", _ANY),
    ),
}
"""By extension: languages in order of preference with the pattern that shows them. None found: the
usual language of the table.

The patterns see a bounded head of the file, line by line where they begin with `^`, and never run
over a line's end in a loop. """


def choose(extension: str, head: bytes) -> str:
    """The language that `head` shows among those that share `extension`; "" if it shows none, or
    nobody shares it.
    """
    return next(
        (language for language, pattern in _patterns(extension) if pattern.search(head)), ""
    )


@cache
def _patterns(extension: str) -> tuple[tuple[str, re.Pattern[bytes]], ...]:
    return tuple(
        (language, re.compile(source.encode("ascii"), re.MULTILINE))
        for language, source in SHARED.get(extension, ())
    )
