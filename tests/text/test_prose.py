"""Comments and literals of code, and the words that they are found by."""

from __future__ import annotations

import pytest

from codetriever_lsp.text.document import analyse
from codetriever_lsp.text.terms import prose_query, prose_vector, query_terms, term_id

SAMPLES = {
    "a.py": (
        'def f():\n    # wait a bit\n    raise E(f"no route to {host}")\n',
        ["# wait a bit", 'f"no route to {host}"'],
    ),
    "a.go": (
        'package a\n\n// Dial waits.\nfunc Dial() error {\n\treturn fmt.Errorf("no route to %s", host)\n}\n',
        ["// Dial waits.", '"no route to %s"'],
    ),
    "a.rs": (
        '/// Waits.\nfn dial() {\n    panic!("no route to {}", host);\n}\n',
        ["/// Waits.\n", '"no route to {}"'],
    ),
    "a.vue": (
        "<template><p>x</p></template>\n<script>\n// waits\nfunction dial() {\n  throw new Error('no route');\n}\n</script>\n",
        ["// waits", "'no route'"],
    ),
}


@pytest.mark.parametrize("path", SAMPLES)
def test_comments_and_literals_are_the_prose_of_code(path: str) -> None:
    text, expected = SAMPLES[path]
    found = [piece for chunk in analyse(path, text).chunks for piece in chunk.prose]
    assert [piece.strip() for piece in found] == [piece.strip() for piece in expected]


def test_what_defines_nothing_has_no_prose_apart_from_its_text() -> None:
    assert all(not chunk.prose for chunk in analyse("a.md", "# Title\n\nwords `code`\n").chunks)
    assert all(not chunk.prose for chunk in analyse("a.json", '{"a": "b"}\n').chunks)


def test_each_line_of_a_long_comment_belongs_to_the_chunk_that_shows_it() -> None:
    text = '"""' + "one line of many that say a lot\n" * 400 + '"""\n\n\ndef f():\n    pass\n'
    chunks = analyse("a.py", text).chunks
    assert len(chunks) > 2
    for chunk in chunks:
        assert all(piece in chunk.text for piece in chunk.prose)
    assert sum(piece.count("one line") for chunk in chunks for piece in chunk.prose) == 400


def test_a_message_meets_the_literal_that_it_was_made_from() -> None:
    chunk = analyse(
        "a.py", 'def f():\n    raise E(f"no route to {host} after {n} tries")\n'
    ).chunks[0]
    found, weights = prose_vector(chunk)
    assert found == sorted(set(found))
    assert all(weight > 0 for weight in weights)
    message = "E: no route to example.org after 3 tries"
    asked, asked_weights = prose_query(message, query_terms(message))
    common = set(found) & set(asked)
    assert {term_id(pair) for pair in ("no rout", "rout to")} <= common
    assert len(asked) == len(asked_weights)
    assert term_id("to exampl") not in common
