"""The text of one open document, edited by ranges as the client sends them.

Lines end at LF, CRLF or CR and nowhere else (pygls' TextDocument also splits at form feed and
U+2028, and splits the whole text at every use). The text is kept as a list of lines, so an edit
costs what it touches; `text` joins them when asked.
"""

from __future__ import annotations

import re

from codetriever_lsp.server.convert import Encoding

__all__ = ["OpenText"]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class OpenText:
    """`lines` keep their line breaks; the last one, which has none, is always there and may be
    empty.
    """

    __slots__ = ("encoding", "lines", "version")

    def __init__(self, text: str, version: int, encoding: Encoding) -> None:
        self.encoding = encoding
        self.version = version
        self.lines = _split(text)

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def replace(self, text: str) -> None:
        self.lines = _split(text)

    def edit(self, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        """Put `text` in place of what lies between two positions (line, column in the negotiated
        encoding).

        What lies behind the end of a line means its end, behind the last line the end of the text;
        reversed positions are swapped.
        """
        (first, head), (last, tail) = sorted((self._place(*start), self._place(*end)))
        piece = self.lines[first][:head] + text + self.lines[last][tail:]
        # A CR and an LF that become neighbours are one line break: take in the line before or
        # behind.
        if first > 0 and piece.startswith("\n") and self.lines[first - 1].endswith("\r"):
            first -= 1
            piece = self.lines[first] + piece
        if (
            last + 1 < len(self.lines)
            and piece.endswith("\r")
            and self.lines[last + 1].startswith("\n")
        ):
            last += 1
            piece += self.lines[last]
        replaced = _split(piece)
        if last + 1 < len(self.lines):
            # the empty rest behind the last break of the piece: the next line stands there
            replaced.pop()
        self.lines[first : last + 1] = replaced

    def _place(self, line: int, column: int) -> tuple[int, int]:
        """Line and index into it as characters of the Python string."""
        if line >= len(self.lines):
            return len(self.lines) - 1, len(self.lines[-1])
        content = self.lines[line]
        length = len(content) - (
            2 if content.endswith("\r\n") else 1 if content.endswith(("\r", "\n")) else 0
        )
        if self.encoding == "utf-32" or content.isascii():
            return line, min(column, length)
        return line, _characters(content[:length], column, self.encoding)


def _characters(line: str, column: int, encoding: Encoding) -> int:
    """How many characters of `line` end at or before `column`; a column inside of a character means
    its start.
    """
    if encoding == "utf-8":
        raw = line.encode("utf-8", "surrogatepass")
        column = min(column, len(raw))
        while column < len(raw) and raw[column] & 0xC0 == 0x80:
            column -= 1
        return len(raw[:column].decode("utf-8", "surrogatepass"))
    units = line.encode("utf-16-le", "surrogatepass")
    at = min(2 * column, len(units))
    if 0 < at < len(units) and _is_high(units[at - 1]) and _is_low(units[at + 1]):
        at -= 2
    return len(units[:at].decode("utf-16-le", "surrogatepass"))


def _is_high(byte: int) -> bool:
    return 0xD8 <= byte <= 0xDB


def _is_low(byte: int) -> bool:
    return 0xDC <= byte <= 0xDF


def _split(text: str) -> list[str]:
    if "\r" not in text:
        lines = text.split("\n")
        return [line + "\n" for line in lines[:-1]] + lines[-1:]
    lines = _LINE.findall(text)
    if not lines or lines[-1].endswith(("\r", "\n")):
        lines.append("")
    return lines
