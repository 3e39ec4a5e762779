"""Offsets in a text against lines and columns in the three encodings of LSP."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

from codetriever_lsp.model import Mark, Span

__all__ = ["Lines", "split_lines"]

# LSP 3.17: "\n", "\r\n" and "\r" end a line; form feed, NEL, U+2028 and U+2029 do not.
_BREAK = re.compile(rb"\r\n|\n|\r")
_TEXT_BREAK = re.compile(r"\r\n|\n|\r")


def split_lines(text: str) -> list[str]:
    """The lines of a text without their breaks; a break at the very end makes one more, empty
    line.
    """
    return _TEXT_BREAK.split(text)


class Lines:
    """The lines of a text, given as its UTF-8 bytes.

    A text that ends with a line break has no empty line after it; the empty text has one line.
    """

    __slots__ = ("_ends", "data", "starts")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.starts = [0]
        self._ends: list[int] = []
        if b"\r" in data:
            for match in _BREAK.finditer(data):
                self._ends.append(match.start())
                self.starts.append(match.end())
        else:  # the usual case, several times faster
            *before, _ = data.split(b"\n")
            self.starts += accumulate(len(line) + 1 for line in before)
            self._ends += [start - 1 for start in self.starts[1:]]
        if len(self.starts) > 1 and self.starts[-1] == len(data):
            self.starts.pop()
        else:
            self._ends.append(len(data))

    def __len__(self) -> int:
        return len(self.starts)

    def line_at(self, offset: int) -> int:
        """The line that holds the byte at `offset`; the last line past the end."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def start(self, line: int) -> int:
        """Offset of the first byte of `line`."""
        return self.starts[line]

    def end(self, line: int) -> int:
        """Offset behind the last byte of `line`, its line break not included."""
        return self._ends[line]

    def mark(self, offset: int) -> Mark:
        """The place of byte `offset`; inside a line break it is the end of that line."""
        line = self.line_at(offset)
        start = self.starts[line]
        column = min(offset, self._ends[line]) - start
        before = self.data[start : start + column]
        if before.isascii():
            return Mark(line, column, column, column)
        text = before.decode("utf-8", "replace")
        return Mark(line, column, len(text.encode("utf-16-le")) // 2, len(text))

    def span(self, start: int, end: int) -> Span:
        """The place of the bytes from `start` to `end`."""
        return Span(self.mark(start), self.mark(end))

    def lines_span(self, first: int, last: int) -> Span:
        """From column 0 of `first` to the end of `last`, the line break not included."""
        return Span(Mark(first, 0, 0, 0), self.mark(self._ends[last]))

    def text(self, first: int, last: int) -> str:
        """The text of the lines `first` to `last`, without the last line break."""
        return self.data[self.starts[first] : self._ends[last]].decode("utf-8", "replace")
