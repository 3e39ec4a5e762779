"""The text of an open document: every edit equals a plain model of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codetriever_lsp.server.document_text import OpenText

ENCODINGS = ("utf-8", "utf-16", "utf-32")
PIECES = st.text(st.sampled_from("ab\n\r\f\x0b\x85\u2028\u2029é😀漢\t"), max_size=12)
EDITS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200), PIECES), max_size=12)


def width(character: str, encoding: str) -> int:
    if encoding == "utf-8":
        return len(character.encode())
    return 2 if encoding == "utf-16" and ord(character) > 0xFFFF else 1


def position(text: str, offset: int, encoding: str) -> tuple[int, int]:
    """Line and column of an offset that is not inside of a line break, counted one character at a
    time."""
    line = column = at = 0
    while at < offset:
        if text[at] == "\r" and text[at + 1 : at + 2] == "\n":
            at += 1
        if text[at] in "\r\n":
            line, column = line + 1, 0
        else:
            column += width(text[at], encoding)
        at += 1
    return line, column


def outside_breaks(text: str, offset: int) -> int:
    offset = min(offset, len(text))
    return (
        offset - 1 if 0 < offset < len(text) and text[offset - 1 : offset + 1] == "\r\n" else offset
    )


@settings(max_examples=300, deadline=None)
@given(text=PIECES, edits=EDITS, encoding=st.sampled_from(ENCODINGS))
def test_random_edits_equal_a_model(
    text: str, edits: list[tuple[int, int, str]], encoding: str
) -> None:
    document = OpenText(text, 1, encoding)  # type: ignore[arg-type]
    model = text
    for a, b, piece in edits:
        start, end = sorted((outside_breaks(model, a), outside_breaks(model, b)))
        document.edit(position(model, start, encoding), position(model, end, encoding), piece)
        model = model[:start] + piece + model[end:]
        assert document.text == model
        fresh = OpenText(model, 1, encoding)  # type: ignore[arg-type]
        assert document.lines == fresh.lines


@settings(max_examples=200, deadline=None)
@given(
    text=PIECES,
    encoding=st.sampled_from(ENCODINGS),
    start=st.tuples(st.integers(0, 30), st.integers(0, 30)),
    end=st.tuples(st.integers(0, 30), st.integers(0, 30)),
)
def test_any_position_is_taken(
    text: str, encoding: str, start: tuple[int, int], end: tuple[int, int]
) -> None:
    document = OpenText(text, 1, encoding)  # type: ignore[arg-type]
    document.edit(start, end, "X")
    assert document.text.count("X") == 1
    assert len(document.text) <= len(text) + 1
    swapped = OpenText(text, 1, encoding)  # type: ignore[arg-type]
    swapped.edit(end, start, "X")
    assert swapped.text == document.text


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_columns_count_in_the_encoding(encoding: str, column: int) -> None:
    document = OpenText("😀b\n", 1, encoding)  # type: ignore[arg-type]
    document.edit((0, column), (0, column + 1), "c")
    assert document.text == "😀c\n"


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 2), ("utf-16", 1)])
def test_a_column_inside_of_a_character_is_its_start(encoding: str, column: int) -> None:
    document = OpenText("a😀b", 1, encoding)  # type: ignore[arg-type]
    document.edit((0, 1 + column), (0, 1 + column), "|")
    assert document.text == "a|😀b"


def test_a_column_behind_the_end_is_the_end_before_the_break() -> None:
    document = OpenText("ab\r\ncd", 1, "utf-16")
    document.edit((0, 99), (0, 99), "!")
    document.edit((99, 0), (99, 0), "?")
    assert document.text == "ab!\r\ncd?"


def test_halves_of_a_broken_character_are_kept() -> None:
    document = OpenText("x\ud83dy", 1, "utf-16")
    document.edit((0, 2), (0, 3), "z")
    assert document.text == "x\ud83dz"


def test_an_edit_of_a_large_text_touches_its_lines_only() -> None:
    document = OpenText("line\n" * 200_000, 1, "utf-16")
    untouched = document.lines[199_000]
    for number in range(1_000):
        document.edit((100_000, number), (100_000, number), "x")
    assert document.lines[100_000] == "x" * 1_000 + "line\n"
    assert document.lines[199_000] is untouched
