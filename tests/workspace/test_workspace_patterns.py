from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codetriever_lsp.workspace.patterns import MAX_LINE, PatternList, lines_of, parse
from codetriever_lsp.workspace.wildmatch import as_bytes, compile_glob

GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git is not on PATH: nothing to compare with")


def ignored(lines: list[str], path: str, *, fold: bool = False) -> bool:
    """As whoever walks asks: from the top down, and never below an ignored folder."""
    patterns = PatternList(map(as_bytes, lines), fold=fold)
    names = path.rstrip("/").split("/")
    steps = [
        ("/".join(names[: at + 1]), at < len(names) - 1 or path.endswith("/"))
        for at in range(len(names))
    ]
    return any(patterns.verdict(step, is_dir) for step, is_dir in steps)


@pytest.mark.parametrize(
    ("lines", "yes", "no"),
    [
        (["a"], ["a", "x/a", "a/b"], ["ab", "b"]),
        (["/a"], ["a", "a/b"], ["x/a"]),
        (["a/"], ["a/", "x/a/b"], ["a"]),
        (["a/b"], ["a/b", "a/b/c"], ["x/a/b"]),
        (["*.o"], ["x.o", "d/x.o", ".o"], ["o", "x.oo"]),
        (["d/*"], ["d/x", "d/x/y"], ["d/", "e/d/x"]),
        (["**/d/x"], ["d/x", "a/b/d/x"], ["dd/x"]),
        (["d/**"], ["d/x", "d/x/y"], ["d/"]),
        (["a/**/b"], ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
        (["*", "!*.py"], ["x.c"], ["x.py"]),
        (["d/", "!d/x"], ["d/x"], []),
        (["d/*", "!d/x"], ["d/y"], ["d/x"]),
        (["!a", "a"], ["a"], []),
        (["# a", "", "  ", "/", "!"], [], ["a", "# a", " "]),
        ([r"\#a", r"\!b", r"c\ "], ["#a", "!b", "c "], ["a", "b", "c"]),
        (["a   "], ["a"], ["a   "]),
        (
            ["[ab].[!c]", "[]-]x", "[[:digit:]]"],
            ["a.d", "b.e", "]x", "-x", "7"],
            ["a.c", "c.d", "x"],
        ),
        (["[", "a[", "b\\", "[[:nonsense:]]"], [], ["[", "a[", "b\\", "n"]),
        (["?"], ["a"], ["é", "ab"]),
        (["??"], ["é"], ["a"]),
        (["é*"], ["été"], ["ete"]),
        (["foo**/bar"], ["foo/bar", "foox/a/bar", "foobar"], ["bar"]),
        (["a?b", "c[^x]d"], ["axb", "cyd"], ["a/b", "c/d", "cxd"]),
    ],
)
def test_what_git_means(lines: list[str], yes: list[str], no: list[str]) -> None:
    assert [path for path in yes if not ignored(lines, path)] == []
    assert [path for path in no if ignored(lines, path)] == []


def test_the_case_is_folded_on_request_only() -> None:
    assert not ignored(["*.TXT", "/Src", "[A]b"], "a.txt")
    for path in ("a.txt", "sRC/x", "aB"):
        assert ignored(["*.TXT", "/Src", "[A]b"], path, fold=True)


def test_lines_of_a_file() -> None:
    assert lines_of(b"\xef\xbb\xbfa\r\nb\r\r\n\xc3\xa9\n") == ["a", "b\r", as_bytes("é"), ""]
    assert parse("x" * (MAX_LINE + 1)) is None


@pytest.mark.parametrize(
    ("glob", "text"),
    [
        ("*a" * 60 + "b", "a" * 250),
        ("**/" * 60 + "b", "a/" * 1000 + "c"),
        ("**/*a" * 40 + "/b", "/".join(["a" * 60] * 60)),
        ("**/" + "a/**/" * 40 + "b", "a/" * 200 + "c"),
        ("a**\\/" * 30 + "b", "a/" * 200 + "c"),
    ],
)
def test_hostile_patterns_end(glob: str, text: str) -> None:
    """Plain translations of these never come back; here the test's own time limit is the judge."""
    pattern = compile_glob(glob)
    assert pattern is not None
    assert pattern.fullmatch(text) is None


ATOMS = [
    "a",
    "b",
    "c",
    ".",
    "*",
    "**",
    "?",
    "/",
    "[ab]",
    "[!a]",
    "[a-c]",
    "[^/]",
    "[[:alpha:]]",
    "\\",
    "]",
    "[",
    "-",
    " ",
    "!",
    "é",
    "#",
]
NAMES = ["a", "b", "c", "ab", "abc", "a.b", ".a", "é", "aé", "]", "-", "a ", "!a", "#a", "\\a"]
globs = st.lists(st.sampled_from(ATOMS), min_size=1, max_size=7).map("".join)
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join)


@needs_git
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(
        st.builds(str.__add__, st.sampled_from(["", "", "", "!"]), globs), min_size=1, max_size=4
    ),
    asked=st.sets(paths, min_size=5, max_size=30),
)
def test_git_says_the_same_of_random_patterns(lines: list[str], asked: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", folder], check=True)
        Path(folder, ".gitignore").write_bytes("\n".join(lines).encode())
        done = subprocess.run(
            ["git", "check-ignore", "--no-index", "-z", "--stdin"],
            input="\0".join(sorted(asked)).encode(), cwd=folder, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
    expected = set(done.stdout.decode().split("\0")) - {""}
    assert {path for path in asked if ignored(lines, path)} == expected
