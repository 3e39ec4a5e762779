"""What sort of text a chunk is: tests as each language marks them, and how much is written for
people."""

from __future__ import annotations

import pytest

from codetriever_lsp.model import Chunk, Mark, Span
from codetriever_lsp.text.document import analyse
from codetriever_lsp.text.nature import marked_as_tests, written_share

BODY = "\n".join(f"    step{number}(state, {number});" for number in range(12))

FILES = {
    "lib.rs": (
        f"/// Sends it.\npub fn send(state: u8) {{\n{BODY}\n}}\n\n#[cfg(test)]\nmod tests {{\n    #[test]\n"
        f"    fn sends() {{\n{BODY}\n    }}\n}}\n",
        {"send": False, "sends": True},
    ),
    "async.rs": (
        f"pub fn send(state: u8) {{\n{BODY}\n}}\n\n/// Waits.\n#[tokio::test]\nasync fn waits() {{\n{BODY}\n}}\n",
        {"send": False, "waits": True},
    ),
    "clap.zig": (
        f'fn parse(state: u8) void {{\n{BODY}\n}}\n\ntest "parse" {{\n{BODY}\n}}\n\n'
        f"fn testing(state: u8) void {{\n{BODY}\n}}\n",
        {"parse": True, "testing": False},
    ),
    "Sender.java": (
        f"class Sender {{\n  void send(int state) {{\n{BODY}\n  }}\n\n"
        f"  /** Checks it. */\n  @Test\n  void sends() {{\n{BODY}\n  }}\n}}\n",
        {"send": False, "sends": True},
    ),
    "Sender.cs": (
        f"class Sender {{\n  void Send(int state) {{\n{BODY}\n  }}\n\n  [Fact]\n  public void Sends() {{\n{BODY}\n  }}\n}}\n",
        {"Send": False, "Sends": True},
    ),
    "sender.go": (
        f"package a\n\nfunc Tested(state int) {{\n{BODY}\n}}\n\nfunc TestSend(t *testing.T) {{\n{BODY}\n}}\n",
        {"Tested": False, "TestSend": True},
    ),
    "sender.py": (
        "def tested(state):\n"
        + BODY.replace(";", "")
        + "\n\n\ndef test_send(state):\n"
        + BODY.replace(";", "")
        + "\n",
        {"tested": False, "test_send": True},
    ),
}


@pytest.mark.parametrize("path", FILES)
def test_what_a_language_marks_as_a_test_is_one(path: str) -> None:
    text, expected = FILES[path]
    analysis = analyse(path, text)
    found = {
        analysis.symbols[chunk.symbol].name: is_test
        for chunk, is_test in zip(analysis.chunks, marked_as_tests(analysis), strict=True)
        if chunk.symbol >= 0
    }
    assert {name: found[name] for name in expected} == expected


def test_all_parts_of_a_long_test_are_tests() -> None:
    long = "\n".join(f"    try check({number}, {number});" for number in range(200))
    analysis = analyse("a.zig", f'test "everything" {{\n{long}\n}}\n')
    assert len(analysis.chunks) > 2
    assert any(chunk.shape == "part" for chunk in analysis.chunks)
    assert all(marked_as_tests(analysis))


def test_the_share_that_is_written_for_people() -> None:
    mark = Mark(0, 0, 0, 0)
    assert (
        written_share(Chunk(Span(mark, mark), "# a comment\n", "text", prose=("# a comment",)))
        == 1.0
    )
    assert written_share(
        Chunk(Span(mark, mark), "x = 1\n# abc\n", "text", prose=("# abc",))
    ) == pytest.approx(4 / 7)
    assert written_share(Chunk(Span(mark, mark), "\n\n", "text")) == 0.0
