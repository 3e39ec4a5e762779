"""Files replaced in one step."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from codetriever_lsp.platform import atomic_file
from codetriever_lsp.platform.atomic_file import replace, write_atomic


def test_write_creates_and_replaces_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "note"
    write_atomic(file, b"a longer text")
    write_atomic(file, b"new")
    assert file.read_bytes() == b"new"
    assert os.name != "posix" or stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_failed_write_leaves_the_old_content_and_no_other_file(tmp_path: Path) -> None:
    file = tmp_path / "note"
    (file / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match="note"):
        write_atomic(file, b"new")
    assert list(tmp_path.iterdir()) == [file]


def _open_elsewhere(times: int) -> Callable[[Path, Path], None]:
    """Stands for `Path.replace` on Windows while another process has the target open."""
    failures = iter(range(times))

    def replace(source: Path, target: Path) -> None:
        if next(failures, None) is not None:
            raise PermissionError("open elsewhere")
        os.replace(source, target)  # noqa: PTH105 - `Path.replace` is what this stands for

    return replace


def test_replace_tries_again_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"new")
    monkeypatch.setattr(Path, "replace", _open_elsewhere(3))
    monkeypatch.setattr(atomic_file, "_POSIX", True)
    with pytest.raises(PermissionError):
        replace(source, target)
    monkeypatch.setattr(atomic_file, "_POSIX", False)
    monkeypatch.setattr(atomic_file, "_PAUSE_S", 0.0)
    replace(source, target)
    assert target.read_bytes() == b"new"


def test_replace_gives_up_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", _open_elsewhere(1000))
    monkeypatch.setattr(atomic_file, "_POSIX", False)
    monkeypatch.setattr(atomic_file, "_PAUSE_S", 0.0)
    with pytest.raises(PermissionError):
        replace(tmp_path / "source", tmp_path / "target")
