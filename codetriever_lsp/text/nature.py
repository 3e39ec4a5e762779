"""What sort of text a chunk is, besides its shape: how much of it is written for people, and
whether it is a test.
"""

from __future__ import annotations

import re

from codetriever_lsp.model import Analysis, Chunk

__all__ = ["NATURE_RULES", "marked_as_tests", "written_share"]

NATURE_RULES = "nature-1"
"""Changed by hand with every change to what is said of a chunk here."""

_CONTAINERS = frozenset({"test", "tests"})
"""Names of containers that hold tests beside what they test, as in Rust."""

_MARK = re.compile(
    r"#\[(?:\w+::)*test\b|#\[cfg\(test\)\]"  # Rust
    r"|^\s*(?:test\s+(?:\"|\w+\s*\{)"  # Zig, Elixir
    r"|@(?:\w+\.)*(?:Parameterized|Repeated)?Test\b"  # Java, Kotlin, Swift
    r"|\[(?:Fact|Theory|Test|TestMethod|TestCase)\b"  # C#
    r"|(?:async\s+)?def\s+test_"  # Python, Ruby
    r"|func\s+(?:Test|Benchmark|Fuzz)[A-Z_])",  # Go
    re.MULTILINE,
)
_COMMENT = re.compile(r"\s*(?://|/\*|\*|--|#(?!\[)|\"\"\"|$)")
_HEAD = 3
"""Lines that may say that a definition is a test: its attributes and its first line."""


def written_share(chunk: Chunk) -> float:
    """The share of comments and literals in a chunk, white space aside: 0 to 1."""
    whole = _size(chunk.text)
    return min(1.0, sum(map(_size, chunk.prose)) / whole) if whole else 0.0


def marked_as_tests(analysis: Analysis) -> list[bool]:
    """For each chunk whether it is a test, or a part of one, by how its language marks them."""
    whole = [chunk for chunk in analysis.chunks if chunk.symbol >= 0 and chunk.shape != "part"]
    tests = {chunk.symbol for chunk in whole if _is_marked(chunk.text)}
    return [
        chunk.symbol in tests or _stands_among_tests(analysis, chunk) for chunk in analysis.chunks
    ]


def _stands_among_tests(analysis: Analysis, chunk: Chunk) -> bool:
    """By its container; by that of its first definition where small ones are together."""
    numbers = (chunk.symbol,) if chunk.symbol >= 0 else chunk.symbols[:1]
    for symbol in (analysis.symbols[number] for number in numbers):
        around = symbol.container.split(".")
        if symbol.kind == "module":
            around.append(symbol.name)
        if not _CONTAINERS.isdisjoint(name.lower() for name in around):
            return True
    return False


def _is_marked(text: str) -> bool:
    head = [line for line in text.split("\n", 60)[:60] if not _COMMENT.match(line)][:_HEAD]
    return bool(_MARK.search("\n".join(head)))


def _size(text: str) -> int:
    return len("".join(text.split()))
