from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.workspace.entries import printable
from codetriever_lsp.workspace.paths import absolute, key, relative, root_of, spelling

NFC, NFD = unicodedata.normalize("NFC", "é.py"), unicodedata.normalize("NFD", "é.py")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.py", "a.py"),
        ("src/a b.py", "src/a b.py"),
        ("src/../a.py", "a.py"),
        ("./src//a.py", "src/a.py"),
        ("", None),
        ("..", None),
        ("../other/a.py", None),
        ("../root2/a.py", None),
    ],
)
def test_relative(root: Path, path: str, expected: str | None) -> None:
    assert relative(root, f"{root}/{path}") == expected


def test_relative_of_a_filesystem_root() -> None:
    assert relative(Path(Path.cwd().anchor), Path(Path.cwd().anchor) / "a" / "b") == "a/b"


@pytest.mark.skipif(os.name == "nt", reason="names are no bytes on Windows")
def test_fault_17_a_name_that_is_not_utf8_has_no_relative_path(root: Path) -> None:
    assert relative(root, root / os.fsdecode(b"\xff.py")) is None
    assert printable(os.fsdecode(b"a\xff.py")) == r"a\xff.py"


def test_a_link_on_the_way_to_the_root_is_seen_through(root: Path, tmp_path: Path) -> None:
    alias = tmp_path / "alias"
    alias.symlink_to(root, target_is_directory=True)
    (root / "src").mkdir()
    assert root_of(alias) == root
    assert relative(root, alias / "a.py") == "a.py"
    assert relative(root, alias / "src" / "a.py") == "src/a.py"


def test_a_link_as_last_name_is_kept(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (root / "link").symlink_to(tmp_path / "secret")
    assert relative(root, root / "link") == "link"


def test_fault_16_spellings_unify_where_the_system_unifies_them() -> None:
    assert key(NFC, platform="darwin") == key(NFD, platform="darwin")
    assert spelling(NFD, platform="darwin") == NFC
    assert key("C:\\Work\\A.py", platform="win32") == key("c:/work/a.PY", platform="win32")
    assert key(NFC, platform="linux") != key(NFD, platform="linux")
    assert key("A", platform="linux") != key("a", platform="linux")


@pytest.mark.parametrize(
    "rel", ["", "/etc/passwd", "..", "a/../b", "a//b", "./a", "a/", "a/\0b", "../a"]
)
def test_absolute_refuses_what_could_leave_the_root(root: Path, rel: str) -> None:
    with pytest.raises(BadRequest, match="not a path below the workspace folder"):
        absolute(root, rel)


@pytest.mark.skipif(
    sys.platform != "win32", reason="drives and backslashes mean something on Windows only"
)
@pytest.mark.parametrize("rel", ["c:x", "a\\..\\b", "a:stream"])
def test_absolute_refuses_drives_and_backslashes(root: Path, rel: str) -> None:
    with pytest.raises(BadRequest):
        absolute(root, rel)


@given(
    st.lists(
        st.text(st.characters(exclude_characters="/\\:\0", exclude_categories=["Cs"]), min_size=1),
        min_size=1,
    )
)
def test_absolute_and_relative_are_inverse_or_refused(names: list[str]) -> None:
    root, rel = Path(Path.cwd().anchor) / "some" / "root", "/".join(names)
    try:
        path = absolute(root, rel)
    except BadRequest:
        assert {"", ".", ".."} & set(names)
    else:
        assert key(relative(root, path) or "") == key(rel)
