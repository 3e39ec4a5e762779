"""What the chunker needs to know of lines: how much is in a run of them, and which say nothing on
their own.
"""

from __future__ import annotations

import re
from itertools import accumulate

from codetriever_lsp.text.lines import Lines

__all__ = ["FULL_BYTES", "FULL_LINES", "Rows"]

FULL_LINES = 60
"""About a screen: a longer piece is no longer one place to look at."""

FULL_BYTES = 2400
"""About 600 tokens: embedding models read 256 to 512 of them, and a static model blurs what is
longer. Bytes, not characters, because scripts with many bytes a character also have more tokens a
character. Indentation is not counted."""

_CLOSER = re.compile(
    rb"(?:[\])}>;,()]+|\}\s*[;,)]*\s*(?://.*|/\*.*|#.*)?|end[\w ]{0,12}[.)};,]*|fi|done|esac"
    rb"|#\s*endif\b.*|</[\w.:-]+>|%>|-->|\*/)"
)
_OPENER = re.compile(
    rb"(?:#\s*(?:if|ifdef|ifndef|else|elif|region|pragma|include|define)\b|(?:public|private|protected|internal|signals|slots)\b[^(]*$"
    rb"|//|/\*|\*|#|--|;|%|@|\(\*|<!--|extern\b|namespace\b|package\b|module\b)"
)
_DIRECTIVE = re.compile(rb"#[ \t]*(?:if|ifdef|ifndef|else|elif)\b")
_UNFINISHED = re.compile(rb"(?:[{(\[]|=>|\b(?:do|where|then|begin))[ \t]*$")
_SHORT = 120
"""Longer lines are neither openers nor closers; this bounds the work of the patterns."""


def _split(lines: Lines) -> list[bytes]:
    data = lines.data
    if data.count(b"\r") == data.count(b"\r\n"):  # the usual case, several times faster
        return data.split(b"\n")[: len(lines)]
    return [data[lines.start(row) : lines.end(row)] for row in range(len(lines))]


class Rows:
    """The lines of a text with running totals, so that the size of any run of lines is two
    subtractions.
    """

    __slots__ = ("_bytes", "_filled", "lines")

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        sizes = [len(line.strip()) for line in _split(lines)]
        self._bytes = list(accumulate(sizes, initial=0))
        self._filled = list(accumulate((size > 0 for size in sizes), initial=0))

    def __len__(self) -> int:
        return len(self.lines)

    def filled(self, first: int, last: int) -> int:
        """How many of the lines `first` to `last` are not blank."""
        return self._filled[last + 1] - self._filled[first]

    def weight(self, first: int, last: int) -> float:
        """The size of these lines in full chunks; blank lines and indentation weigh nothing."""
        count = self._filled[last + 1] - self._filled[first]
        return max(count / FULL_LINES, (self._bytes[last + 1] - self._bytes[first]) / FULL_BYTES)

    def blank(self, row: int) -> bool:
        return self._filled[row + 1] == self._filled[row]

    def closes(self, row: int) -> bool:
        """Whether the line is blank or only ends something: brackets, `end`, `#endif`."""
        text = self._short(row)
        return text is not None and (not text or _CLOSER.fullmatch(text) is not None)

    def opens(self, row: int) -> bool:
        """Whether the line is a comment, a directive or an access section, and so belongs to what
        follows.
        """
        text = self._short(row)
        return text is not None and _OPENER.match(text) is not None

    def is_directive(self, row: int) -> bool:
        """Whether the line begins a conditional part (`#ifdef`)."""
        text = self._short(row)
        return text is not None and _DIRECTIVE.match(text) is not None

    def unfinished(self, last: int) -> bool:
        """Whether the text up to line `last` ends with something that has yet to be filled: an open
        bracket, `do`, `where`.
        """
        while last > 0 and self.blank(last):
            last -= 1
        lines = self.lines
        return (
            _UNFINISHED.search(
                lines.data[max(lines.start(last), lines.end(last) - _SHORT) : lines.end(last)]
            )
            is not None
        )

    def _short(self, row: int) -> bytes | None:
        if self._bytes[row + 1] - self._bytes[row] > _SHORT:
            return None
        lines = self.lines
        return lines.data[lines.start(row) : lines.end(row)].strip()
