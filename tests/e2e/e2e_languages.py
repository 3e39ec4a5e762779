"""A small source for every grammar of the language pack, under a name by which the product knows
the language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from tree_sitter_language_pack import SupportedLanguage

from codetriever_lsp.text.language_table import TABLE, Row
from codetriever_lsp.text.languages import detect

__all__ = ["EMBEDDED_ONLY", "GRAMMARS", "marker", "samples"]

GRAMMARS: frozenset[str] = frozenset(get_args(SupportedLanguage))

EMBEDDED_ONLY = frozenset(
    {
        "comment",
        "doxygen",
        "gstlaunch",
        "jsdoc",
        "luadoc",
        "luap",
        "markdown_inline",
        "printf",
        "test",
    }
)
"""Grammars of what is written inside of other files; no file is of these alone."""

_HANGS = "x"
"""What makes the grammar of cobol run for ever."""

_TELLING = {
    "actionscript": ("as", "package sample {{\n  public class {0} {{}}\n}}\n"),
    "query": ("scm", "(function_definition name: (identifier) @{0})\n"),
    "udev": ("rules", 'SUBSYSTEM=="usb", ENV{{{0}}}="1"\n'),
}
"""Languages that share their extension with others: what is inside tells."""

_TEXT = "{0} = 1\nfunction {0}_again(first, second) {{\n  return first + second;\n}}\n"


def marker(grammar: str) -> str:
    """A word that only the sample of this grammar has."""
    return f"marker{grammar}zz".replace("_", "")


def samples() -> dict[str, str]:
    """The content by file name, one file for each grammar that files can be of."""
    found: dict[str, str] = {}
    for grammar in sorted(GRAMMARS - EMBEDDED_ONLY):
        name, text = next(_candidates(grammar))
        found[name] = text
    return found


def _candidates(grammar: str) -> Iterator[tuple[str, str]]:
    if grammar in _TELLING:
        extension, text = _TELLING[grammar]
        yield f"{grammar}/sample.{extension}", text.format(marker(grammar))
    for row in TABLE:
        if (row.name if row.grammar is None else row.grammar) == grammar:
            for name in _names(row):
                text = _HANGS if grammar == "cobol" else _TEXT.format(marker(grammar))
                if detect(name, text.encode()).grammar == grammar:
                    yield f"{grammar}/{name}", text


def _names(row: Row) -> list[str]:
    whole = [f"{name}x" if name.endswith(".") else name for name in row.names.split()]
    return [f"sample.{extension}" for extension in row.extensions.split()] + whole
