import pytest

from training.comments import find_comments

CASES = [
    (
        "python",
        'def f():\n    """Does a thing.\n\n    More."""\n    return 1  # not this\n',
        ["Does a thing.\n\n    More."],
    ),
    (
        "go",
        "// Open opens it.\n// Twice.\nfunc Open() {\n\tx() // behind\n}\n",
        ["Open opens it.\nTwice."],
    ),
    ("java", "/**\n * Reads.\n * @return x\n */\nint read() {}\n", ["Reads.\n@return x"]),
    ("rust", "/// Frees it.\nfn free() {\n    // inner word\n}\n", ["Frees it.", "inner word"]),
    ("haskell", "-- | Folds it.\nfold :: a\n", ["Folds it."]),
    ("lua", "--- Splits it.\nlocal function split() end\n", ["Splits it."]),
    ("elixir", '@doc """\nJoins it.\n"""\ndef join(a), do: a\n', ["Joins it."]),
    ("bash", "#!/bin/sh\n# Says hello\nhello() { echo; }\n", ["Says hello"]),
    ("ocaml", "(** Maps it. *)\nlet map = 1\n", ["Maps it."]),
]


@pytest.mark.parametrize(("language", "text", "expected"), CASES)
def test_comments_without_their_marks(language, text, expected):
    found = find_comments(text, language)
    assert [comment.text for comment in found] == expected
    assert all(text[comment.start : comment.end].strip() for comment in found)


def test_leading_and_formal():
    first, second = find_comments("/// Frees it.\nfn free() {\n    // inner word\n}\n", "rust")
    assert (first.leads, first.formal) == (True, True)
    assert (second.leads, second.formal) == (False, False)
