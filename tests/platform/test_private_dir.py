"""Folders and files that only their user can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from codetriever_lsp.platform.private_dir import make_private_dir, make_private_file, probe

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_a_folder_is_made_private_and_an_open_one_is_closed(tmp_path: Path) -> None:
    folder = make_private_dir(tmp_path / "a" / "b")
    assert _mode(folder) == 0o700
    folder.chmod(0o755)
    assert _mode(make_private_dir(folder)) == 0o700


@posix
def test_a_stricter_mode_stays(tmp_path: Path) -> None:
    folder = make_private_dir(tmp_path / "a")
    folder.chmod(0o500)
    assert _mode(make_private_dir(folder)) == 0o500


@posix
def test_a_folder_of_another_user_is_refused_where_it_must_be_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_private_dir(tmp_path / "a", own=True)
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    assert make_private_dir(folder) == folder
    with pytest.raises(PermissionError, match="does not belong to this user"):
        make_private_dir(folder, own=True)


@posix
def test_a_link_is_followed_only_where_the_folder_need_not_be_own(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir(mode=0o755)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    with pytest.raises(PermissionError):
        make_private_dir(link, own=True)
    make_private_dir(link)
    assert _mode(tmp_path / "target") == 0o700


def test_a_private_file_keeps_its_content(tmp_path: Path) -> None:
    file = tmp_path / "file"
    make_private_file(file)
    assert os.name != "posix" or _mode(file) == 0o600
    file.write_bytes(b"content")
    make_private_file(file)
    assert file.read_bytes() == b"content"


def test_a_probe_leaves_nothing_and_fails_where_no_file_can_be_made(tmp_path: Path) -> None:
    probe(tmp_path, b"x")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="missing"):
        probe(tmp_path / "missing")
