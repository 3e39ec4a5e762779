"""A syntax error costs what it is in, not what stands beside it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from codetriever_lsp.text.document import analyse

PYTHON = '''\
def first():
    return 1


def broken():
    call(1, "x


def second(a):
    """Doubles."""
    a = int(a)
    a += a
    return a


class Third:
    """It is kept whole."""

    def member(self):
        return 3
'''
BASH = """\
first() {
  echo "$1"
}

broken() {
  local n=$(( ${#${array}[@]} - (
}

# tells the second
second() {
  local name=${1?}
  local line=${2?}
  echo "$name"
}
"""
RUST = """\
fn first() -> u8 {
    1
}

fn broken() {
    if (a > {
}

/// Twice as much.
fn second(a: u8) -> u8 {
    let b = a;
    a + b
}
"""


@pytest.mark.parametrize(("path", "text"), [("a.py", PYTHON), ("a.sh", BASH), ("a.rs", RUST)])
def test_what_follows_an_error_keeps_its_definitions(path: str, text: str) -> None:
    found = analyse(path, text)
    by_name = {symbol.name: symbol for symbol in found.symbols}
    assert {"first", "second"} <= by_name.keys()
    lines = text.splitlines()
    second = by_name["second"].span
    assert any("second" in line for line in lines[second.start.line : second.start.line + 2])
    assert "".join(chunk.text + "\n" for chunk in found.chunks) == text
    (chunk,) = (
        chunk for chunk in found.chunks if chunk.symbol == found.symbols.index(by_name["second"])
    )
    assert chunk.shape == "definition"
    assert "first" not in chunk.text


def test_members_of_what_follows_know_their_class() -> None:
    members = {symbol.name: symbol for symbol in analyse("a.py", PYTHON).symbols}
    assert (members["Third"].kind, members["member"].container, members["member"].kind) == (
        "class",
        "Third",
        "method",
    )


def test_what_an_error_is_in_ends_where_the_next_begins() -> None:
    symbols = analyse("a.py", PYTHON).symbols
    spans = sorted(
        (symbol.span.start.line, symbol.span.end.line) for symbol in symbols if not symbol.container
    )
    assert all(end < start for (_, end), (start, _) in pairwise(spans))


def test_code_in_the_literal_of_a_sound_definition_defines_nothing() -> None:
    sound = 'def sound():\n    return """\n\ndef quoted():\n    pass\n\n"""\n\n\n'
    text = sound + "def broken(:\n    pass\n\n\ndef last():\n    pass\n"
    names = [symbol.name for symbol in analyse("a.py", text).symbols]
    assert "quoted" not in names
    assert {"sound", "last"} <= set(names)


def test_what_a_namespace_holds_stays_in_it() -> None:
    text = "namespace outer {\n\nint first() { return 1; }\n\nint broken( { return 2; }\n\nint last() { return 3; }\n\n}\n"
    symbols = {symbol.name: symbol for symbol in analyse("a.cpp", text).symbols}
    assert symbols["outer"].span.end.line == 8
    assert symbols["first"].container == "outer"
    assert "last" in symbols
