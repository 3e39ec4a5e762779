"""The wall clock is set while changes wait: by hours, in both directions."""

from __future__ import annotations

import asyncio
import time

import pytest
from conftest import Bench
from index_samples import functions, write

HOURS = [5, -5]


def set_wall_clock(monkeypatch: pytest.MonkeyPatch, bench: Bench, hours: int) -> None:
    """For everything in this process; the files keep the clock of the kernel."""
    wall, wall_ns, seconds = time.time, time.time_ns, hours * 3600
    monkeypatch.setattr(time, "time", lambda: wall() + seconds)
    monkeypatch.setattr(time, "time_ns", lambda: wall_ns() + seconds * 10**9)
    bench.pool.clock = time.time_ns


async def committed(bench: Bench) -> None:
    """Until nothing waits any more, without asking for it: `sync` would end the wait of what is
    debounced."""
    async with asyncio.timeout(60):
        while bench.indexer.pending:
            await bench.indexer._pulse.wait()


async def turns_of_the_loop() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("hours", HOURS)
async def test_fault_54_a_jump_of_the_wall_clock_does_not_touch_what_is_debounced(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    now = 1000.0
    bench.indexer._clock = lambda: now
    write(bench.root, {"a.py": functions(2)})
    bench.indexer.mark(["a.py"])
    due = bench.indexer._dirty.next_due()
    assert due is not None
    set_wall_clock(monkeypatch, bench, hours)
    bench.indexer._wake.set()
    await turns_of_the_loop()
    assert bench.pool.paths == [], "not before its time"
    assert bench.indexer._dirty.next_due() == due
    write(bench.root, {"b.py": functions(2, 1)})
    bench.indexer.mark(["b.py"])
    assert bench.indexer._dirty.next_due() == due, (
        "what is marked after the jump waits as long as what was marked before"
    )
    now = due
    bench.indexer._wake.set()
    await committed(bench)
    assert sorted(bench.pool.paths) == ["a.py", "b.py"]
    await bench.equals_scratch()


@pytest.mark.parametrize("hours", HOURS)
async def test_fault_54_changes_around_a_jump_are_indexed_by_themselves(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """With the clock that the indexer has by default. One that is set back by hours would keep them
    waiting for hours."""
    write(bench.root, {"a.py": functions(2)})
    bench.indexer.mark(["a.py"])
    due = bench.indexer._dirty.next_due()
    assert due is not None
    assert due < time.monotonic() + 1, "by a clock that nobody sets"
    set_wall_clock(monkeypatch, bench, hours)
    write(bench.root, {"b.py": functions(2, 1)})
    bench.indexer.mark(["b.py"])
    await committed(bench)
    write(bench.root, {"a.py": functions(2, 2)})
    bench.indexer.mark(["a.py"])
    await committed(bench)
    assert [row.path for row in await bench.store.files()] == ["a.py", "b.py"]
    await bench.equals_scratch()
