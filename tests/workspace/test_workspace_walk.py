from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workspace_trees import Tree, found, skipped, without_rights

from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.workspace.entries import (
    GONE,
    NOT_REGULAR,
    NOT_UTF8,
    OUTSIDE,
    SYMLINK,
    TOO_LARGE,
    UNREADABLE,
)
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.walk import Entry, Skipped, descend, stat_entry, walk

posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX file kinds")
ALL = IndexSettings()


def look(root: Path, rel: str, settings: IndexSettings = ALL) -> Entry | Skipped | None:
    return stat_entry(root, rel, IgnoreRules(root, settings), settings)


def test_an_entry_is_what_lstat_says(tree: Tree) -> None:
    root = tree({"src/a.py": "text"})
    status = (root / "src/a.py").stat()
    entry = Entry("src/a.py", 4, status.st_mtime_ns)
    assert list(walk(root, IgnoreRules(root, ALL), ALL)) == [entry]
    assert look(root, "src/a.py") == entry


def test_the_order_is_fixed(tree: Tree) -> None:
    root = tree(None, "b.py", "a/z.py", "a/B.py", "a.py", "é.py", "a/b/c.py", "Z.py")
    assert found(root) == ["Z.py", "a/B.py", "a/b/c.py", "a/z.py", "a.py", "b.py", "é.py"]


def test_a_walk_reads_the_rules_anew(tree: Tree) -> None:
    root = tree({".gitignore": "a.py\n"}, "a.py", "b.py")
    rules = IgnoreRules(root, ALL)
    assert [entry.path for entry in walk(root, rules, ALL) if isinstance(entry, Entry)] == [
        ".gitignore",
        "b.py",
    ]
    tree({".gitignore": "b.py\n"})
    assert [entry.path for entry in walk(root, rules, ALL) if isinstance(entry, Entry)] == [
        ".gitignore",
        "a.py",
    ]


def test_an_excluded_folder_is_one_skip_and_not_entered(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree({".gitignore": "out/\n"}, "node_modules/a/b.js", "out/deep/x", "src/a.py")
    real, entered = os.scandir, []

    def scandir(path: str) -> object:
        entered.append(str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert skipped(root) == {"node_modules": "dependency", "out": "gitignore"}
    assert entered == [str(root), f"{root}/src"]


def test_the_size_limit(tree: Tree) -> None:
    root = tree({"a": b"x" * 10, "b": b"x" * 11})
    limit = IndexSettings(max_file_bytes=10)
    assert (found(root, limit), skipped(root, limit)) == (["a"], {"b": TOO_LARGE})


def test_fault_37_a_huge_file_is_skipped_by_its_size(root: Path) -> None:
    with (root / "huge.py").open("wb") as file:
        file.truncate(1 << 30)
    assert skipped(root) == {"huge.py": TOO_LARGE}
    assert look(root, "huge.py") == Skipped("huge.py", TOO_LARGE)


def test_fault_32_links_are_told_of_and_not_followed(tree: Tree) -> None:
    root = tree(None, "src/a.py")
    (root.parent / "out").mkdir()
    (root.parent / "out/b.py").write_text("x")
    (root / "src/loop").symlink_to("..", target_is_directory=True)
    (root / "out").symlink_to(root.parent / "out", target_is_directory=True)
    (root / "broken").symlink_to("nothing")
    (root / "self").symlink_to("self")
    (root / "file").symlink_to("src/a.py")
    (root / "node_modules").symlink_to(root.parent / "out", target_is_directory=True)
    assert found(root) == ["src/a.py"]
    links = ["broken", "file", "node_modules", "out", "self", "src/loop"]
    assert skipped(root) == dict.fromkeys(links, SYMLINK)
    for rel in [*links, "out/b.py", "src/loop/src/a.py"]:
        assert look(root, rel) == Skipped(rel, SYMLINK)


@posix
def test_fault_17_names_that_are_not_utf8(tree: Tree) -> None:
    root = tree(None, "a.py")
    try:
        Path(os.fsdecode(os.fsencode(root) + b"/\xff.py")).write_text("x")
        Path(os.fsdecode(os.fsencode(root) + b"/d\xfe")).mkdir()
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    Path(os.fsdecode(os.fsencode(root) + b"/d\xfe/b.py")).write_text("x")
    assert found(root) == ["a.py"]
    assert skipped(root) == {r"\xff.py": NOT_UTF8, r"d\xfe": NOT_UTF8}
    assert look(root, os.fsdecode(b"\xff.py")) == Skipped(r"\xff.py", NOT_UTF8)


@posix
def test_fault_34_what_is_no_file(root: Path) -> None:
    os.mkfifo(root / "fifo.py")
    if os.geteuid() == 0:
        os.mknod(root / "device.py", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        assert look(root, "device.py") == Skipped("device.py", NOT_REGULAR)
        (root / "device.py").unlink()
    assert skipped(root) == {"fifo.py": NOT_REGULAR}
    assert look(root, "fifo.py") == Skipped("fifo.py", NOT_REGULAR)


@posix
def test_fault_33_an_unreadable_folder_is_skipped_and_the_rest_goes_on(open_root: Path) -> None:
    for name in ("a/x.py", "closed/x.py", "listed/x.py", "z.py"):
        (open_root / name).parent.mkdir(exist_ok=True)
        (open_root / name).write_text("x")
    (open_root / "closed").chmod(0)
    (open_root / "listed").chmod(0o444)
    with without_rights():
        assert found(open_root) == ["a/x.py", "z.py"]
        assert skipped(open_root) == {"closed": UNREADABLE, "listed/x.py": UNREADABLE}
        assert look(open_root, "closed/x.py") == Skipped("closed/x.py", UNREADABLE)
    for name in ("closed", "listed"):
        (open_root / name).chmod(0o700)


def test_a_root_that_is_gone(root: Path) -> None:
    assert skipped(root / "nothing") == {"": GONE}
    assert found(root / "nothing") == []


def test_a_folder_that_goes_away_during_the_walk(tree: Tree) -> None:
    root = tree(None, "a/x.py", "b/y.py", "c.py")
    entries = walk(root, IgnoreRules(root, ALL), ALL)
    first = next(entries)
    shutil.rmtree(root / "b")
    assert [first.path, *(entry.path for entry in entries if isinstance(entry, Entry))] == [
        "a/x.py",
        "c.py",
    ]


def test_a_very_deep_tree(root: Path) -> None:
    folder = root
    for _ in range(400):
        folder /= "d"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text("x")
    assert found(root) == ["d/" * 400 + "a.py"]


def test_fault_16_normal_forms(root: Path) -> None:
    for name in ("e\u0301.py", "\xe9.py"):
        (root / name).write_text("x")
    on_disk = sorted(path.name for path in root.iterdir())
    assert found(root) == (on_disk if len(on_disk) == 2 else ["\xe9.py"])


@pytest.mark.parametrize(
    ("rel", "expected"),
    [("nothing", None), ("no/thing", None), ("a.py/b", None), ("src", None), ("../x", Skipped("../x", OUTSIDE)),
     ("/etc/passwd", Skipped("/etc/passwd", OUTSIDE)), ("a\0b", Skipped("a\0b", OUTSIDE)), ("", Skipped("", OUTSIDE)),
     (".env", Skipped(".env", "secret")), ("src/node_modules/x.js", Skipped("src/node_modules/x.js", "dependency"))],
)  # fmt: skip
def test_stat_entry_of_what_is_no_entry(tree: Tree, rel: str, expected: Skipped | None) -> None:
    assert look(tree(None, "a.py", "src/b.py", ".env", "src/node_modules/x.js"), rel) == expected


def test_fault_27_file_becomes_folder_becomes_link(tree: Tree) -> None:
    root = tree(None, "a.py")
    assert isinstance(look(root, "a.py"), Entry)
    (root / "a.py").unlink()
    tree(None, "a.py/b.py")
    assert look(root, "a.py") is None
    assert isinstance(look(root, "a.py/b.py"), Entry)
    shutil.rmtree(root / "a.py")
    (root / "a.py").symlink_to("elsewhere")
    assert look(root, "a.py") == Skipped("a.py", SYMLINK)
    assert look(root, "a.py/b.py") == Skipped("a.py/b.py", SYMLINK)


def test_descend_starts_anywhere_and_names_folders(tree: Tree) -> None:
    root = tree({".gitignore": "*.gen\n"}, "a/b/x.py", "a/b/y.gen", "a/z.py", "c.py")
    rules = IgnoreRules(root, ALL)
    steps = [
        step if isinstance(step, str) else step.path for step in descend(root, "a", rules, ALL)
    ]
    assert steps == ["a", "a/b", "a/b/x.py", "a/b/y.gen", "a/z.py"]
    assert list(descend(root, "nothing", rules, ALL)) == [Skipped("nothing", GONE)]


NAMES = ["a.py", "b.js", ".env", "x.min.js", "yarn.lock", "c.gen", "big.py", ".gitignore", "d.png"]
rels = st.builds(
    lambda folders, name: "/".join([*folders, name]),
    st.lists(st.sampled_from(["src", "node_modules", "lib", "skip"]), max_size=3),
    st.sampled_from(NAMES),
)


@settings(max_examples=60, deadline=None)
@given(st.sets(rels, min_size=1, max_size=20))
def test_walk_and_stat_entry_say_the_same_of_each_file(files: set[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        for rel in files:
            path = root / rel
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                "*.gen\nskip/\n"
                if path.name == ".gitignore"
                else "x" * (50 if path.name == "big.py" else 1)
            )
        limits = IndexSettings(max_file_bytes=20)
        rules = IgnoreRules(root, limits)
        seen = {entry.path: entry for entry in walk(root, rules, limits)}
        assert set(seen) >= {rel for rel in files if isinstance(look(root, rel, limits), Entry)}
        for rel in files:
            above = next(
                (seen[rel[:at]] for at, char in enumerate(rel) if char == "/" and rel[:at] in seen),
                None,
            )
            expected = Skipped(rel, above.reason) if isinstance(above, Skipped) else seen[rel]
            assert stat_entry(root, rel, rules, limits) == expected
