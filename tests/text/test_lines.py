"""Lines and columns in the three encodings, against a plain count over the text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codetriever_lsp.model import Mark, Span
from codetriever_lsp.text.lines import Lines, split_lines

TEXT = st.text(st.sampled_from("ab \t\n\r\x0c\u2028é𝒳日"), max_size=40)


def reference_marks(text: str) -> list[tuple[int, Mark]]:
    """For each character of the text its byte offset and its place, counted one by one."""
    marks = []
    line = utf8 = utf16 = utf32 = offset = 0
    for match in re.finditer(r"\r\n|\n|\r|.", text, re.DOTALL):
        piece = match[0]
        marks.append((offset, Mark(line, utf8, utf16, utf32)))
        size = len(piece.encode())
        offset += size
        if piece in ("\n", "\r", "\r\n"):
            line, utf8, utf16, utf32 = line + 1, 0, 0, 0
        else:
            utf8, utf16, utf32 = utf8 + size, utf16 + len(piece.encode("utf-16-le")) // 2, utf32 + 1
    return marks


@given(TEXT)
def test_marks_agree_with_counting(text: str) -> None:
    lines = Lines(text.encode())
    for offset, mark in reference_marks(text):
        assert lines.mark(offset) == mark
        assert lines.line_at(offset) == mark.line


@given(TEXT)
def test_lines_hold_the_whole_text(text: str) -> None:
    lines = Lines(text.encode())
    expected = re.split(r"\r\n|\n|\r", text)
    if len(expected) > 1 and expected[-1] == "":
        expected.pop()
    assert [lines.text(row, row) for row in range(len(lines))] == expected
    assert split_lines(text)[: len(expected)] == expected
    last = len(lines) - 1
    assert lines.text(0, last) == re.sub(r"(\r\n|\n|\r)\Z", "", text)
    assert lines.data[lines.start(0) : lines.end(last)].decode() == lines.text(0, last)


@given(TEXT, st.data())
def test_spans_of_lines(text: str, data: st.DataObject) -> None:
    lines = Lines(text.encode())
    first = data.draw(st.integers(0, len(lines) - 1))
    last = data.draw(st.integers(first, len(lines) - 1))
    span = lines.lines_span(first, last)
    assert span == lines.span(lines.start(first), lines.end(last))
    assert (span.start, span.end.line) == (Mark(first, 0, 0, 0), last)
    assert span.end.utf32 == len(lines.text(last, last))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a", 1),
        ("a\n", 1),
        ("a\nb", 2),
        ("\n", 1),
        ("\n\n", 2),
        ("a\r\nb\rc\n", 3),
        ("\r\r\n", 2),
        ("a\x0cb\x85\u2028c", 1),
    ],
)
def test_line_counts(text: str, count: int) -> None:
    assert len(Lines(text.encode())) == count


def test_columns() -> None:
    lines = Lines("é𝒳x\r\ny".encode())
    assert lines.mark(0) == Mark(0, 0, 0, 0)
    assert lines.mark(2) == Mark(0, 2, 1, 1)
    assert lines.mark(6) == Mark(0, 6, 3, 2)
    assert lines.mark(7) == Mark(0, 7, 4, 3)
    assert lines.mark(8) == Mark(0, 7, 4, 3), "inside a line break is the end of the line"
    assert lines.mark(9) == Mark(1, 0, 0, 0)
    assert lines.mark(99) == Mark(1, 1, 1, 1)
    assert lines.span(2, 9) == Span(Mark(0, 2, 1, 1), Mark(1, 0, 0, 0))
