"""Freed memory goes back to the system where the system has to be told, and nothing happens where
it has not."""

from __future__ import annotations

import ctypes
import sys

import psutil
import pytest

from codetriever_lsp.engine.maintenance.memory import give_back


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None) if sys.platform == "linux" else None, "malloc_trim"),
    reason="glibc only",
)
def test_memory_that_was_freed_goes_back() -> None:
    mine = psutil.Process()
    blocks = [
        ctypes.create_string_buffer(50_000) for _ in range(2000)
    ]  # each small enough to come from the heap
    for block in blocks:
        ctypes.memset(block, 1, 50_000)
    last = blocks[-1]  # keeps the top of the heap from shrinking by itself
    del blocks, block
    before = mine.memory_info().rss
    give_back()
    assert mine.memory_info().rss < before - 50_000_000
    assert last.raw[0] == 1


@pytest.mark.parametrize("error", [TypeError, OSError, AttributeError])
def test_where_there_is_nothing_to_tell_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def other(_name: object) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", other)
    give_back()
