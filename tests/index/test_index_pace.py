"""What nobody waits for makes room for somebody who types, and for a battery; what was saved never
waits."""

from __future__ import annotations

import asyncio
import math
from typing import Any

from conftest import Bench
from index_samples import functions, write

from codetriever_lsp.index.dirty import _CROWD
from codetriever_lsp.index.throttle import LONGEST_S, PAUSE_S, Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_keystroke_pauses_and_typing_on_lets_something_through_now_and_then() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    assert pace.due() <= clock.now
    pace.typed()
    assert pace.due() <= clock.now, "nothing was done for long"
    pace.begins()
    assert pace.due() == clock.now + PAUSE_S
    for _ in range(3 * int(LONGEST_S)):
        clock.now += 0.5
        pace.typed()
        if pace.due() <= clock.now:
            break
    assert clock.now == 100.0 + LONGEST_S
    clock.now += PAUSE_S
    assert pace.due() <= clock.now


def test_while_power_is_saved_a_batch_is_followed_by_as_long_a_rest() -> None:
    clock, saving = Clock(), [False]
    pace = Pace(lambda: saving[0], clock)
    pace.ended(3.0)
    assert pace.due() <= clock.now
    saving[0] = True
    pace.ended(3.0)
    assert pace.due() == clock.now + 3.0


class Never(Pace):
    """Somebody types without end."""

    def due(self) -> float:
        return math.inf


async def test_what_was_saved_is_indexed_while_what_a_walk_found_waits_until_somebody_asks(
    bench: Bench,
) -> None:
    done = asyncio.Event()
    bench.indexer._progress = lambda *_: done.set()
    bench.indexer.pace = Never()
    write(bench.root, {f"m{n}.py": functions(2, n) for n in range(9)})
    bench.indexer.mark_all()
    write(bench.root, {"saved.py": functions(2, 99)})
    bench.indexer.mark(["saved.py"])
    await done.wait()
    assert "saved.py" in [row.path for row in await bench.store.files()]
    while bench.indexer._walk is not None or bench.indexer._walk_wanted:
        await bench.indexer._pulse.wait()
    assert bench.indexer.pending >= 8
    assert bench.indexer.busy
    await bench.indexer.sync()
    assert len(await bench.store.files()) == 10
    await bench.equals_scratch()


async def test_a_checkout_waits_for_who_types_and_a_file_that_was_saved_does_not(
    bench: Bench,
) -> None:
    names = [f"m{n}.py" for n in range(_CROWD + 20)]
    bench.indexer.pace = Never()
    write(
        bench.root,
        dict.fromkeys(names, "value = 1\n") | {"saved.py": functions(2, 99), "m0.py": functions(2)},
    )
    done = asyncio.Event()
    bench.indexer._progress = lambda *_: done.set()
    bench.indexer.mark(names)
    bench.indexer.mark(["saved.py"], saved=True)
    bench.indexer.mark(["m0.py"], saved=True)
    bench.indexer.mark(["m0.py"])  # the watcher tells of it, too
    while len(await bench.store.files()) < 2:
        await done.wait()
        done.clear()
    assert [row.path for row in await bench.store.files()] == ["m0.py", "saved.py"]
    assert bench.indexer.pending == len(names) - 1
    await bench.indexer.sync()
    assert len(await bench.store.files()) == len(names) + 1
    await bench.equals_scratch()


async def test_a_few_files_that_others_wrote_do_not_wait(bench: Bench) -> None:
    bench.indexer.pace = Never()
    names = [f"m{n}.py" for n in range(9)]
    write(bench.root, {name: functions(2, n) for n, name in enumerate(names)})
    done = asyncio.Event()
    bench.indexer._progress = lambda *_: done.set()
    bench.indexer.mark(names)
    while len(await bench.store.files()) < len(names):
        await done.wait()
        done.clear()


async def test_who_types_without_end_gets_a_checkout_batch_by_batch(bench: Bench) -> None:
    """Each batch begins as late as the pace says, by the clock of both."""
    clock = Clock()
    bench.indexer._clock, bench.indexer.pace = clock, Pace(clock=clock)
    bench.pool.batch_files = 50
    names = [f"m{n}.py" for n in range(_CROWD + 60)]
    write(bench.root, dict.fromkeys(names, "value = 1\n"))
    bench.indexer.pace.begins()
    bench.indexer.mark(names)
    for _ in range(int(LONGEST_S) - 1):
        clock.now += 1.0
        bench.indexer.pace.typed()
        bench.indexer._wake.set()
        for _ in range(20):
            await asyncio.sleep(0)
        assert bench.pool.paths == []
    clock.now += 1.0
    bench.indexer._wake.set()
    while not bench.pool.paths:
        await bench.indexer._pulse.wait()
    await bench.indexer.sync()
    assert len(await bench.store.files()) == len(names)


async def test_the_patient_do_not_hurry_it(bench: Bench) -> None:
    bench.indexer.pace = Never()
    write(bench.root, {"a.py": functions(2)})
    waiting = asyncio.create_task(bench.indexer.sync(reconcile=True, patient=True))
    while not bench.indexer.pending:
        await bench.indexer._pulse.wait()
    assert not waiting.done()
    await bench.indexer.sync()
    await waiting
    assert [row.path for row in await bench.store.files()] == ["a.py"]


async def test_while_power_is_saved_one_batch_goes_at_a_time(bench: Bench) -> None:
    running, most = 0, 0
    prepare = bench.pool.prepare

    async def counted(*args: Any, **options: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            await asyncio.sleep(0)
            return await prepare(*args, **options)
        finally:
            running -= 1

    bench.pool.prepare = counted  # type: ignore[method-assign]
    bench.pool.size, bench.pool.batch_files = 3, 2
    bench.indexer.pace = Pace(lambda: True)
    write(bench.root, {f"m{n}.py": functions(1, n) for n in range(12)})
    await bench.indexer.sync(reconcile=True, patient=True)
    assert most == 1
    write(bench.root, {f"n{n}.py": functions(1, 50 + n) for n in range(12)})
    await bench.indexer.sync(reconcile=True)
    assert most > 1, "somebody waits"
