"""What is told of the progress while files are indexed: each file counts once a run, however often
it is looked at."""

from __future__ import annotations

from conftest import Bench
from index_samples import functions, write


async def test_files_looked_at_again_in_the_same_run_are_no_more_files(bench: Bench) -> None:
    names = [f"m{n}.py" for n in range(30)]
    told: list[tuple[int, int, bool]] = []

    def progress(done: int, total: int, finished: bool) -> None:
        if not told:
            bench.indexer.mark(
                names
            )  # as a watcher does that starts while the first walk is worked off
        told.append((done, total, finished))

    bench.indexer._progress = progress
    write(bench.root, {name: functions(2, at) for at, name in enumerate(names)})
    await bench.indexer.sync(reconcile=True)
    await bench.indexer.sync()
    assert bench.indexer.files_done > 30, "some were looked at again"
    assert {total for _, total, _ in told} == {30}
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert [step for step in told if step[2]] == [(30, 30, True)]


async def test_the_next_run_counts_anew(bench: Bench) -> None:
    told: list[tuple[int, int, bool]] = []
    bench.indexer._progress = lambda *step: told.append(step)
    for turn in range(2):
        write(bench.root, {"a.py": functions(2, turn), "b.py": functions(2, 10 + turn)})
        bench.indexer.mark(["a.py", "b.py"])
        await bench.indexer.sync()
        assert told[-1] == (2, 2, True)
