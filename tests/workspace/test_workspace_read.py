from __future__ import annotations

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest
from workspace_trees import Tree, without_rights

from codetriever_lsp.workspace import read as module
from codetriever_lsp.workspace.entries import (
    CHANGING,
    GONE,
    NOT_REGULAR,
    OUTSIDE,
    SYMLINK,
    TOO_LARGE,
    UNREADABLE,
)
from codetriever_lsp.workspace.read import ATTEMPTS, FileBytes, Skipped, read

posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX file kinds")
LIMIT = 1000


@pytest.fixture(params=["descriptors", "paths"], autouse=True)
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs with the way of POSIX and with the way of Windows, which works everywhere."""
    if request.param == "paths":
        monkeypatch.setattr(module, "_BY_DESCRIPTOR", False)
    elif not module._BY_DESCRIPTOR:
        pytest.skip("folders have no descriptors here")


def test_all_bytes_as_they_are(tree: Tree) -> None:
    root = tree({"src/deep/a.bin": b"\x00\r\n\xff"})
    status = (root / "src/deep/a.bin").stat()
    assert read(root, "src/deep/a.bin", LIMIT) == FileBytes(b"\x00\r\n\xff", 4, status.st_mtime_ns)


def test_an_empty_file(tree: Tree) -> None:
    got = read(tree({"a": ""}), "a", LIMIT)
    assert isinstance(got, FileBytes)
    assert got.data == b""


@pytest.mark.parametrize(("size", "fits"), [(LIMIT, True), (LIMIT + 1, False)])
def test_the_limit_is_the_largest_size(tree: Tree, size: int, fits: bool) -> None:
    got = read(tree({"a": b"x" * size}), "a", LIMIT)
    assert isinstance(got, FileBytes) if fits else got == Skipped("a", TOO_LARGE)


def test_fault_37_a_huge_file_is_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (root / "huge").open("wb") as file:
        file.truncate(1 << 30)
    monkeypatch.setattr(module, "_read_all", lambda *_: pytest.fail("the file was read"))
    assert read(root, "huge", 1_000_000) == Skipped("huge", TOO_LARGE)


@pytest.mark.parametrize("rel", ["nothing", "no/thing", "a/below-a-file"])
def test_gone(tree: Tree, rel: str) -> None:
    assert read(tree({"a": "x"}), rel, LIMIT) == Skipped(rel, GONE)


def test_a_root_that_is_gone(root: Path) -> None:
    assert read(root / "nothing", "a", LIMIT) == Skipped("a", GONE)


def test_a_folder_is_no_file(tree: Tree) -> None:
    assert read(tree({"a": None}), "a", LIMIT) == Skipped("a", NOT_REGULAR)


@pytest.mark.parametrize("rel", ["../secret", "/etc/passwd", "a/../../secret", ""])
def test_paths_out_of_the_root(root: Path, rel: str) -> None:
    (root.parent / "secret").write_text("secret")
    assert read(root, rel, LIMIT) == Skipped(rel, OUTSIDE)


def test_fault_32_links_are_not_followed(tree: Tree) -> None:
    root = tree({"real/a": "x"})
    (root.parent / "outside").mkdir()
    (root.parent / "outside" / "a").write_text("secret")
    (root / "file-link").symlink_to(root / "real" / "a")
    (root / "folder-link").symlink_to(root.parent / "outside", target_is_directory=True)
    (root / "broken").symlink_to(root / "nothing")
    (root / "loop").symlink_to(root / "loop")
    for rel in ("file-link", "folder-link/a", "broken", "loop", "loop/a"):
        assert read(root, rel, LIMIT) == Skipped(rel, SYMLINK)


@posix
@pytest.mark.parametrize("when", ["folder", "file"])
def test_a_link_swapped_in_between_look_and_opening(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    root = tree({"src/a": "public"})
    (root.parent / "out").mkdir()
    (root.parent / "out" / "a").write_text("secret")
    swapped = []

    def swap() -> None:
        if swapped:
            return
        swapped.append(True)
        if when == "folder":
            (root / "src").rename(root / "old")
            (root / "src").symlink_to(root.parent / "out", target_is_directory=True)
        else:
            (root / "src" / "a").unlink()
            (root / "src" / "a").symlink_to(root.parent / "out" / "a")

    real = os.open

    def opened(path: str | Path, flags: int, *args: int, **kwargs: int) -> int:
        if Path(path).name in ("src", "a") and (when == "folder" or Path(path).name == "a"):
            swap()
        return real(path, flags, *args, **kwargs)

    monkeypatch.setattr(os, "open", opened)
    got = read(root, "src/a", LIMIT)
    assert swapped
    assert isinstance(got, Skipped) or got.data == b"public"


@posix
def test_fault_34_what_is_no_regular_file_is_never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        os.mkfifo(root / "fifo")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(root / "socket"))
            names = ["fifo", "socket"]
            if os.geteuid() == 0:
                os.mknod(root / "device", stat.S_IFCHR | 0o666, os.makedev(1, 5))
                names.append("device")
            real = os.open

            def opened(path: str | Path, *args: int, **kwargs: int) -> int:
                assert Path(path).name not in names
                return real(path, *args, **kwargs)

            monkeypatch.setattr(os, "open", opened)
            for name in names:
                assert read(root, name, LIMIT) == Skipped(name, NOT_REGULAR)


@posix
def test_fault_33_unreadable(open_root: Path) -> None:
    (open_root / "closed").mkdir()
    for name in ("closed/a", "b", "c"):
        (open_root / name).write_text("x")
    (open_root / "closed").chmod(0)
    (open_root / "b").chmod(0)
    with without_rights():
        assert read(open_root, "closed/a", LIMIT) == Skipped("closed/a", UNREADABLE)
        assert read(open_root, "b", LIMIT) == Skipped("b", UNREADABLE)
        assert isinstance(read(open_root, "c", LIMIT), FileBytes)
    (open_root / "closed").chmod(0o700)


def test_fault_35_a_file_that_changes_is_read_again(tree: Tree) -> None:
    root = tree({"a": "old text"})
    readings = []

    def change_once() -> None:
        readings.append(1)
        if len(readings) == 1:
            (root / "a").write_text("new")

    got = read(root, "a", LIMIT, between=change_once)
    assert isinstance(got, FileBytes)
    assert (got.data, got.size, len(readings)) == (b"new", 3, 2)


def test_fault_35_same_size_and_time_but_other_bytes(tree: Tree) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no change time that nobody can set back")
    root = tree({"a": "old"})
    status = (root / "a").stat()
    readings = []

    def change_once() -> None:
        readings.append(1)
        if len(readings) == 1:
            (root / "a").write_text("new")
            os.utime(root / "a", ns=(status.st_atime_ns, status.st_mtime_ns))

    got = read(root, "a", LIMIT, between=change_once)
    assert isinstance(got, FileBytes)
    assert got.data == b"new"


def test_fault_35_a_file_that_never_rests_is_given_up(tree: Tree) -> None:
    root = tree({"a": ""})
    readings = []

    def grow() -> None:
        readings.append(1)
        with (root / "a").open("a") as file:
            file.write("x")

    assert read(root, "a", LIMIT, between=grow) == Skipped("a", CHANGING)
    assert len(readings) == ATTEMPTS


def test_a_file_that_outgrows_the_limit_while_read(tree: Tree) -> None:
    root = tree({"a": "x"})
    assert read(
        root, "a", LIMIT, between=lambda: (root / "a").write_bytes(b"y" * 5000) and None
    ) == Skipped("a", TOO_LARGE)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors through /proc")
def test_no_descriptor_is_left_open(tree: Tree) -> None:
    root = tree({"d/a": "x", "d/e": None})
    (root / "link").symlink_to("d")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for rel in ("d/a", "d/e", "d/nothing", "link/a", "nothing/a", "../x", "d/a/b"):
        read(root, rel, LIMIT)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_name_in_either_normal_form_is_its_own_file(tree: Tree) -> None:
    root = tree({"e\u0301.py": "nfd"})
    assert isinstance(read(root, "e\u0301.py", LIMIT), FileBytes)
    if not (root / "\xe9.py").exists():
        assert read(root, "\xe9.py", LIMIT) == Skipped("\xe9.py", GONE)
