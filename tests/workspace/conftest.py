"""Trees on a real disk, away from the git configuration of whoever runs the tests."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.walk import Entry, Skipped, walk

Tree = Callable[..., Path]
NOBODY = 65534


@pytest.fixture(autouse=True)
def _no_user_configuration(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_DIR", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def tree(root: Path) -> Tree:
    """Writes files by relative path; a value of None makes a folder."""

    def write(files: dict[str, str | bytes | None] | None = None, *names: str) -> Path:
        for rel, content in {**(files or {}), **dict.fromkeys(names, "x\n")}.items():
            path = root / rel
            if content is None:
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return write


def found(root: Path, settings: IndexSettings | None = None) -> list[str]:
    settings = settings or IndexSettings()
    return [entry.path for entry in walk(root, IgnoreRules(root, settings), settings) if isinstance(entry, Entry)]


def skipped(root: Path, settings: IndexSettings | None = None) -> dict[str, str]:
    settings = settings or IndexSettings()
    rules = IgnoreRules(root, settings)
    return {entry.path: entry.reason for entry in walk(root, rules, settings) if isinstance(entry, Skipped)}


@pytest.fixture
def open_root() -> Iterator[Path]:
    """A root that a user without rights can reach, unlike pytest's own folders."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder).resolve()


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """Permissions count inside: the superuser becomes nobody for a while."""
    if not hasattr(os, "geteuid"):
        pytest.skip("file permissions cannot be taken away here")
    if os.geteuid() != 0:
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
