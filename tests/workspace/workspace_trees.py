"""What the tests of the workspace layer share: looking at a tree, and losing one's rights."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.walk import Entry, Skipped, walk

Tree = Callable[..., Path]
NOBODY = 65534


def found(root: Path, settings: IndexSettings | None = None) -> list[str]:
    settings = settings or IndexSettings()
    return [
        entry.path
        for entry in walk(root, IgnoreRules(root, settings), settings)
        if isinstance(entry, Entry)
    ]


def skipped(root: Path, settings: IndexSettings | None = None) -> dict[str, str]:
    settings = settings or IndexSettings()
    rules = IgnoreRules(root, settings)
    return {
        entry.path: entry.reason
        for entry in walk(root, rules, settings)
        if isinstance(entry, Skipped)
    }


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
