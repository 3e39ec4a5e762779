"""Where files are cut: exact chunks of small sources, and what holds for every text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codetriever_lsp.model import Analysis
from codetriever_lsp.text.chunker import chunk
from codetriever_lsp.text.decode import decode
from codetriever_lsp.text.document import analyse
from codetriever_lsp.text.grammar import parse
from codetriever_lsp.text.lines import Lines
from codetriever_lsp.text.rows import FULL_BYTES, FULL_LINES, Rows

PYTHON = '''\
"""Keeps things."""

import os
import sys

LIMIT = 3
NAMES = ("a", "b")


# Gives a key.
@cached
def key(name: str) -> str:
    """The key of a name."""
    cleaned = name.strip()
    return cleaned.lower()


class Store:
    """A store of things."""

    size = 0
    path = ""

    def __init__(self, path: str) -> None:
        self.path = path
        self.size = 0
        self.open = True

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return self.open

    async def load(self, name: str) -> bytes:
        def inner() -> None:
            return None

        return await read(self.path, name)


class Missing(KeyError):
    pass


if __name__ == "__main__":
    main()
'''

GO = """\
// Package shop sells.
package shop

import "fmt"

const Max = 10

// Cart holds items.
type Cart struct {
	items []Item
	total int
}

// Add puts an item into the cart.
func (c *Cart) Add(item Item) {
	c.items = append(c.items, item)
	c.total += item.Price
}

func (c *Cart) Len() int { return len(c.items) }

func (c *Cart) Total() int { return c.total }
"""

TYPESCRIPT = """\
import { a } from "a";

export type Id = string | number;

/** Options of a client. */
export interface Options {
  url: string;
  retries?: number;
}

export const connect = async (options: Options): Promise<Client> => {
  const client = new Client(options);
  await client.open();
  return client;
};

export class Client {
  private socket?: Socket;

  constructor(private readonly options: Options) {}

  @logged
  async open(): Promise<void> {
    this.socket = await dial(this.options.url);
    this.socket.resume();
  }
}

export default connect;
"""

RUST = """\
use std::fmt;

/// A point.
#[derive(Debug)]
pub struct Point {
    x: i32,
    y: i32,
}

impl Point {
    /// The origin.
    pub fn zero() -> Self {
        Point { x: 0, y: 0 }
    }

    pub fn x(&self) -> i32 {
        self.x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_zero() {
        let point = Point::zero();
        assert_eq!(point.x, 0);
    }
}
"""

C = """\
/* License. */
#include <stdio.h>
#include "a.h"

#define MAX 10
#define MIN 1

typedef struct {
  int a;
} pair;

#ifdef DEBUG
static void trace(const char* text) {
  fputs(text, stderr);
  fputs("\\n", stderr);
}
#endif

/* Adds. */
int add(int a, int b) {
  int sum = a;
  sum += b;
  return sum;
}
"""

JAVA = """\
package a.b;

import java.util.List;

/** Greets people. */
public class Greeter {
  private final String name;

  public Greeter(String name) {
    this.name = name;
  }

  /**
   * Says hello.
   */
  public String greet() {
    return "Hello " + name;
  }

  enum Tone { WARM, COLD }
}
"""

MARKDOWN = """\
Some words before.

# Guide

What it is.

## Install

Run it.
Then wait.
Then run it again.
Then stop.

### Windows

Do this, at the prompt:

```
# not a heading
run
```

## Use

Just use it.
"""

VUE = """\
<template>
  <p>{{ hello }}</p>
</template>

<script setup lang="ts">
import { ref } from "vue"

const count = ref(0)

function hello(name: string): string {
  count.value += 1
  return "hello " + name
}
</script>

<style scoped>
p { color: red }
</style>
"""

SOURCES = {
    "a.py": PYTHON,
    "a.go": GO,
    "a.ts": TYPESCRIPT,
    "a.rs": RUST,
    "a.c": C,
    "a.java": JAVA,
    "a.md": MARKDOWN,
    "a.vue": VUE,
}


def outline(analysis: Analysis) -> list[str]:
    """The chunks as "first-last shape name: names", lines from 1 and without blank lines at the
    end."""
    found = []
    for piece in analysis.chunks:
        first = piece.span.start.line + 1
        last = first + len(piece.text.rstrip().split("\n")) - 1
        own = analysis.symbols[piece.symbol].name if piece.symbol >= 0 else "-"
        names = " ".join(analysis.symbols[number].name for number in piece.symbols)
        found.append(f"{first}-{last} {piece.shape} {own}: {names}".rstrip(": "))
    return found


EXPECTED = {
    "a.py": [
        "1-7 group -: LIMIT NAMES",
        "10-15 definition key: key",
        "18-22 outline Store: Store size path",
        "24-27 definition __init__: __init__",
        "29-33 group -: __len__ __bool__",
        "35-39 definition load: load inner",
        "42-47 group -: Missing",
    ],
    "a.go": [
        "1-6 group -: Max",
        "8-12 definition Cart: Cart items total",
        "14-18 definition Add: Add",
        "20-22 group -: Len Total",
    ],
    "a.ts": [
        "1-3 group -: Id",
        "5-9 definition Options: Options url retries",
        "11-15 definition connect: connect",
        "17-20 outline Client: Client socket constructor",
        "22-29 definition open: open",
    ],
    "a.rs": [
        "1-8 definition Point: Point x y",
        "10-14 definition zero: zero",
        "16-19 definition x: x",
        "21-23 outline tests: tests",
        "25-30 definition zero_is_zero: zero_is_zero",
    ],
    "a.c": [
        "1-10 group -: MAX MIN pair a",
        "12-17 definition trace: trace",
        "19-24 definition add: add",
    ],
    "a.java": [
        "1-11 outline Greeter: Greeter name Greeter",
        "13-18 definition greet: greet",
        "20-21 definition Tone: Tone WARM COLD",
    ],
    "a.md": [
        "1-5 outline Guide: Guide",
        "7-12 outline Install: Install",
        "14-21 definition Windows: Windows",
        "23-25 definition Use: Use",
    ],
    "a.vue": [
        "1-3 definition template: template",
        "5-8 outline script: script count",
        "10-14 definition hello: hello",
        "16-18 definition style: style",
    ],
}


def check_partition(text: str, analysis: Analysis) -> None:
    """What holds for the chunks of any text."""
    lines = Lines(text.encode("utf-8", "replace"))
    row = 0
    for piece in analysis.chunks:
        first, last = piece.span.start.line, piece.span.end.line
        assert first == row
        assert piece.span == lines.lines_span(first, last)
        assert piece.text == lines.text(first, last)
        assert piece.shape in ("definition", "outline", "part", "group", "text")
        assert (piece.symbol >= 0) == (piece.shape in ("definition", "outline", "part"))
        row = last + 1
    assert row == len(lines) == analysis.lines
    named = [number for piece in analysis.chunks for number in piece.symbols]
    assert sorted(named) == list(range(len(analysis.symbols)))
    for piece in analysis.chunks:
        names = [analysis.symbols[number].selection.start.line for number in piece.symbols]
        assert all(piece.span.start.line <= line <= piece.span.end.line for line in names)


def check_sizes(text: str, analysis: Analysis) -> None:
    """No chunk is blank unless all is, none begins blank but the first, none is longer than a
    screen but for one long line."""
    rows = Rows(Lines(text.encode("utf-8", "replace")))
    for number, piece in enumerate(analysis.chunks):
        first, last = piece.span.start.line, piece.span.end.line
        assert number == 0 or not rows.blank(first)
        assert rows.weight(first, last) <= 1.2 or rows.filled(first, last) == 1


@pytest.mark.parametrize("path", SOURCES)
def test_exact_chunks(path: str) -> None:
    analysis = analyse(path, SOURCES[path])
    assert outline(analysis) == EXPECTED[path]
    assert not analysis.problems
    check_partition(SOURCES[path], analysis)
    check_sizes(SOURCES[path], analysis)


def context_of(path: str, source: str) -> dict[str, str]:
    """The context of each chunk that has a symbol of its own, by the name of that and the first
    line."""
    analysis = analyse(path, source)
    return {
        f"{analysis.symbols[piece.symbol].name} {piece.span.start.line + 1}": piece.context
        for piece in analysis.chunks
        if piece.symbol >= 0
    }


def test_context_says_what_the_text_does_not() -> None:
    context = context_of("a.py", PYTHON)
    assert context["key 10"] == ""
    assert context["load 35"] == "class Store:"
    assert context["Store 18"].split("\n") == [
        "def __init__(self, path: str) -> None:",
        "def __len__(self) -> int:",
        "def __bool__(self) -> bool:",
        "async def load(self, name: str) -> bytes:",
    ]
    assert context_of("a.go", GO)["Add 14"] == "Cart"
    assert context_of("a.md", MARKDOWN)["Windows 14"] == "Guide\n## Install"


def test_an_outline_is_bounded() -> None:
    source = "class A:\n" + "".join(
        f"    def method_{n}(self, argument: int) -> int:\n        a\n        b\n        c\n\n"
        for n in range(300)
    )
    context = context_of("a.py", source)["A 1"]
    assert context.startswith("def method_0(self, argument: int) -> int:\ndef method_1(")
    assert 900 < len(context) <= 1000


LONG = "def long(a):\n" + "".join(
    f"    if a > {n}:\n        # about {n}\n        first(a)\n        second(a)\n        third(a)\n\n"
    for n in range(30)
)


def test_a_long_function_is_split_between_statements() -> None:
    analysis = analyse("a.py", LONG + "    return a\n")
    assert [piece.shape for piece in analysis.chunks] == ["definition", "part", "part"]
    assert [piece.symbol for piece in analysis.chunks] == [0, 0, 0]
    assert [piece.symbols for piece in analysis.chunks] == [(0,), (), ()]
    assert [piece.context for piece in analysis.chunks] == ["", "def long(a):", "def long(a):"]
    assert all(piece.text.startswith("    if a > ") for piece in analysis.chunks[1:])
    check_sizes(LONG + "    return a\n", analysis)


def test_a_nested_function_stands_alone_only_in_a_long_one() -> None:
    nested = "    def inner(b):\n" + "        call(b)\n" * 9
    short = analyse("a.py", f"def outer(a):\n{nested}    return inner\n")
    assert [piece.shape for piece in short.chunks] == ["definition"]
    long = analyse("a.py", f"{LONG}{nested}    return inner\n")
    assert [(piece.shape, long.symbols[piece.symbol].name) for piece in long.chunks] == [
        ("definition", "long"),
        ("part", "long"),
        ("part", "long"),
        ("definition", "inner"),
    ]
    assert long.chunks[3].context == "def long(a):"


def test_a_long_statement_is_split_inside() -> None:
    body = "".join(f"        case {n}:\n            return f{n}(a, b);\n" for n in range(60))
    analysis = analyse(
        "a.c", f"int dispatch(int a, int b) {{\n    switch (a) {{\n{body}    }}\n}}\n"
    )
    assert [piece.shape for piece in analysis.chunks] == ["definition", "part", "part"]
    assert all(piece.text.lstrip().startswith("case ") for piece in analysis.chunks[1:])


def test_a_long_list_is_split_evenly() -> None:
    analysis = analyse("a.py", "NUMBERS = [\n" + "".join(f"    {n},\n" for n in range(200)) + "]\n")
    sizes = [piece.text.count("\n") + 1 for piece in analysis.chunks]
    assert [piece.shape for piece in analysis.chunks] == ["definition", "part", "part", "part"]
    assert max(sizes) <= FULL_LINES
    assert min(sizes) > FULL_LINES / 2


def test_members_with_long_comments_group_and_methods_do_not() -> None:
    fields = "".join(f"  /** Says\n   * what {n} is. */\n  int f{n};\n\n" for n in range(40))
    analysis = analyse(
        "A.java", f"class A {{\n{fields}  int sum() {{\n    int a = f1;\n    return a;\n  }}\n}}\n"
    )
    shapes = [piece.shape for piece in analysis.chunks]
    assert (shapes[0], shapes[-1]) == ("outline", "definition")
    assert shapes[1:-2] == ["group"] * (len(shapes) - 3)
    assert all(len(piece.symbols) > 5 for piece in analysis.chunks[:-2])


def test_data_without_a_query_is_cut_at_its_top() -> None:
    entry = "{name}:\n" + "".join(f"  key{n}: value\n" for n in range(12))
    data = "".join(entry.format(name=f"top{n}") for n in range(9)).encode()
    chunks = chunk(Lines(data), (), parse("yaml", data).root_node.named_children)
    assert len(chunks) == 4
    assert all(piece.text.startswith("top") and piece.shape == "text" for piece in chunks)


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        (
            "a.js",
            "// License\n// of the file\n// and more\n\n/**\n * Sends.\n */\n\nr.send = function (a) {\n  b()\n  c()\n}\n",
            [1, 5],
        ),
        (
            "a.py",
            "import a\nimport b\nimport c\nimport d\n\n# Section.\n\ndef f():\n    a\n    b\n    c\n",
            [1, 6],
        ),
        (
            "a.c",
            "int a;\nint b;\n\n#ifdef X\n\n/* Adds. */\nint f(void)\n{\n  a++;\n}\n#endif\n",
            [1, 4],
        ),
        (
            "a.c",
            "int f(void)\n{\n  a++;\n  b++;\n} /* of f */\n\nint g(void)\n{\n  a++;\n  b++;\n}\n",
            [1, 7],
        ),
    ],
)
def test_comments_belong_to_what_is_below(path: str, source: str, expected: list[int]) -> None:
    assert [piece.span.start.line + 1 for piece in analyse(path, source).chunks] == expected


def test_prose_is_cut_at_paragraphs() -> None:
    paragraph = "Some words on a line of text.\n" * 10 + "\n"
    analysis = analyse("a.txt", paragraph * 9)
    assert [piece.text.count("\n\n") for piece in analysis.chunks] == [2, 2, 2]
    assert all(piece.shape == "text" and not piece.context for piece in analysis.chunks)


def test_one_very_long_line_is_one_chunk() -> None:
    text = "var a = 1;" * 1_000_000
    analysis = analyse("a.min.js", f"// first\n{text}\n// last\n")
    assert [len(piece.text) for piece in analysis.chunks] == [8, len(text), 7]
    assert analysis.problems == ("Read without its syntax: it is larger than 1,000,000 bytes.",)


@pytest.mark.parametrize("text", ["", "\n", "\n\n \n", "\r\r\n", "x"])
@pytest.mark.parametrize("path", ["a.py", "a.txt", "a.md", "a.go"])
def test_almost_nothing_is_one_chunk(path: str, text: str) -> None:
    analysis = analyse(path, text)
    assert len(analysis.chunks) == 1
    check_partition(text, analysis)


@pytest.mark.parametrize("path", SOURCES)
@pytest.mark.parametrize("line_break", ["\r\n", "\r"])
def test_line_breaks_do_not_matter(path: str, line_break: str) -> None:
    if line_break == "\r" and path != "a.txt":
        line_break = "\r\n"
    text = SOURCES[path].replace("\n", line_break)
    analysis = analyse(path, text)
    check_partition(text, analysis)
    assert [(piece.span.start.line, piece.shape) for piece in analysis.chunks] == [
        (piece.span.start.line, piece.shape) for piece in analyse(path, SOURCES[path]).chunks
    ]


def test_leading_blank_lines_belong_to_the_first_chunk() -> None:
    analysis = analyse("a.py", "\n\ndef f():\n    a\n    b\n    c\n\n\n")
    assert [
        (piece.span.start.line, piece.span.end.line, piece.shape) for piece in analysis.chunks
    ] == [(0, 7, "definition")]


# Text that looks like code, in all languages at once, so that grammars see broken nesting of all
# kinds.

LINE = st.sampled_from(
    [
        *(
            "",
            "",
            "  ",
            "{",
            "}",
            "};",
            "end",
            "(",
            ")",
            '"""',
            "/*",
            "*/",
            "// note",
            "# note",
            "--",
            "```",
        ),
        *(
            "class A:",
            "class A {",
            "module M",
            "namespace n {",
            "impl A for B {",
            "struct s {",
            "interface I {",
            "object O {",
        ),
        *(
            "def f(a):",
            "    def g(self):",
            "func f() {",
            "fn f() {",
            "function f() {",
            "int f(int a) {",
            "local function f()",
        ),
        *(
            "    return 1",
            "    x = 1",
            "const A = 1;",
            "import a",
            "#ifdef X",
            "#endif",
            "# Title",
            "## Part",
            "key: value",
        ),
        *("enum E { A, B }", "f = function() {", "<script>", "</script>", "\té𝒳 日本"),
    ]
)
CODE = st.lists(LINE, max_size=60).map("\n".join)
EXTENSIONS = [
    "py",
    "js",
    "tsx",
    "go",
    "rs",
    "c",
    "cpp",
    "java",
    "rb",
    "ex",
    "hs",
    "lua",
    "md",
    "vue",
    "html",
    "yaml",
    "php",
    "sql",
    "txt",
]


@settings(deadline=None)  # the first use of a grammar compiles its query
@given(st.sampled_from(EXTENSIONS), CODE | st.text(max_size=400))
@example("py", "\x00\ud800\n\udfff")
@example("md", "# a\n\n# \n## b\n# c")
def test_every_line_is_in_one_chunk(extension: str, text: str) -> None:
    analysis = analyse(f"a.{extension}", text)
    assert not analysis.problems
    check_partition(text, analysis)
    check_sizes(text, analysis)
    assert analyse(f"a.{extension}", text) == analysis


@given(st.integers(0, 400), st.integers(0, 3), st.sampled_from(["word " * 4, "x" * 400, "é" * 90]))
def test_long_text_without_syntax(count: int, blanks: int, line: str) -> None:
    text = (line + "\n" + "\n" * blanks) * count
    chunks = chunk(Lines(text.encode()))
    analysis = Analysis("text", len(Lines(text.encode())), (), chunks)
    check_partition(text, analysis)
    check_sizes(text, analysis)
    assert all(len(piece.text) < 2 * FULL_BYTES for piece in chunks)


@pytest.mark.parametrize(
    "file", sorted(Path(__file__).parent.glob("fixtures/*/sample.*")), ids=lambda file: file.name
)
def test_real_files(file: Path) -> None:
    text = decode(file.read_bytes()).text
    if text is not None:
        analysis = analyse(file.name, text)
        check_partition(text, analysis)
        check_sizes(text, analysis)


def test_deep_nesting_is_survived() -> None:
    for path, text in {
        "a.py": "".join(" " * n + f"def f{n}():\n" for n in range(300)) + " " * 300 + "pass\n",
        "a.c": "{" * 3000 + "\n" + "}\n" * 3000,
        "a.js": "f(\n" * 2000 + ")\n" * 2000,
        "a.json": "[\n" * 2000 + "]\n" * 2000,
    }.items():
        analysis = analyse(path, text)
        check_partition(text, analysis)
        check_sizes(text, analysis)
