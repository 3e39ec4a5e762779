from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.search.retrieval.globs import PathFilter, compile_glob


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("*.py", "a/b.py", True),
        ("*.py", "a/b.pyi", False),
        ("src/**", "src/a/b.py", True),
        ("src/**", "lib/src/a.py", False),
        ("src/", "src/a/b.py", True),
        ("src/**/*.py", "src/b.py", True),
        ("src/**/*.py", "src/x/y/b.py", True),
        ("src/*.py", "src/x/b.py", False),
        ("**/test_*", "a/test_x.py", True),
        ("**/test_*/**", "a/test_x/y.py", True),
        ("a/**/b/**/c.py", "a/x/b/y/z/c.py", True),
        ("a/**/x/y/c", "a/x/x/y/c", True),
        ("a/**/b/**/c.py", "a/x/c.py", False),
        ("*.{py,ts}", "x/y.ts", True),
        ("{src,lib}/**/*.{c,h}", "lib/uv/a.h", True),
        ("[!a]*.py", "a.py", False),
        ("[a-c]?.py", "b1.py", True),
        ("a*b*c", "d/aXbYc", True),
        ("a*b*c", "aXbYcd", False),
        ("./src/*.py", "src/a.py", True),
    ],
)
def test_glob(glob: str, path: str, expected: bool) -> None:
    assert bool(compile_glob(glob).match(path)) is expected


@pytest.mark.parametrize("glob", ["", "  ", "a{b", "a}b", "[a", "[z-a]", "x" * 2000, "{a,b}" * 10])
def test_a_glob_that_cannot_be_meant_is_refused_with_a_reason(glob: str) -> None:
    with pytest.raises(BadRequest, match="glob"):
        compile_glob(glob)


def test_excluding_globs_take_away() -> None:
    chosen = PathFilter(["src/**", "!**/test_*"])
    assert chosen.matches("src/a.py")
    assert not chosen.matches("src/test_a.py")
    assert not chosen.matches("lib/a.py")
    assert PathFilter(["!*.md"]).matches("a.py")


@given(st.text(alphabet="ab*?/[]{},!-.", max_size=30), st.text(alphabet="ab/.", max_size=60))
def test_any_text_is_a_glob_or_a_clear_error(glob: str, path: str) -> None:
    try:
        pattern = compile_glob(glob)
    except BadRequest:
        return
    if not glob.startswith("!"):
        assert PathFilter([f"!{glob}"]).matches(path) is (pattern.match(path) is None)


@given(
    st.lists(st.sampled_from(["a", "b", "*", "?"]), min_size=1, max_size=8),
    st.text(alphabet="ab", max_size=10),
)
def test_stars_in_a_name_match_as_by_trying_everything(parts: list[str], name: str) -> None:
    def tries(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return tries(pattern[1:], text) or (bool(text) and tries(pattern, text[1:]))
        return bool(text) and pattern[0] in (text[0], "?") and tries(pattern[1:], text[1:])

    glob = "".join(parts)
    if "**" not in glob and name:
        assert bool(compile_glob(f"d/{glob}").match(f"d/{name}")) is tries(glob, name)


def test_hostile_globs_do_not_explode() -> None:
    """With backtracking each of these would run for longer than the universe is old, so the test's
    time-out is the check."""
    assert not compile_glob("*a" * 100 + "b").match("a" * 3000)
    assert not compile_glob("**/a*/" * 40 + "b").match("a/" * 1500 + "c")
    assert not compile_glob("**/*a*a*a*a*a*/" * 10 + "b").match("aaaaaaaaaa/" * 100 + "c")
