from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest
from index_samples import functions, write

from codetriever_lsp.embed.load import NO_MODEL, ModelInfo, describe
from codetriever_lsp.errors import EngineError, ModelError, NotReady
from codetriever_lsp.index.fingerprint import embedding_rules
from codetriever_lsp.index.jobs import Failed, FileTask, Made
from codetriever_lsp.index.workers import pool as module
from codetriever_lsp.index.workers.handle import Deadlines
from codetriever_lsp.index.workers.main import FAULT
from codetriever_lsp.index.workers.pool import WorkerPool
from codetriever_lsp.settings import EngineSettings, IndexSettings
from codetriever_lsp.store.embeddings import EmbeddingCache

SETTINGS = IndexSettings()
SHORT = Deadlines(load=60, embed=1.0, file=1.0)

MakePool = Callable[..., WorkerPool]


@pytest.fixture
async def make_pool(tmp_path: Path) -> AsyncIterator[MakePool]:
    pools: list[WorkerPool] = []

    def make(model: str = NO_MODEL, *, workers: int = 1, **options: object) -> WorkerPool:
        settings = EngineSettings(cache_dir=str(tmp_path / "cache"), model=model, threads=workers)
        info = options.pop("info", None) or describe(settings)
        pools.append(WorkerPool(settings, info, **options))  # type: ignore[arg-type]
        return pools[-1]

    yield make
    for pool in pools:
        pids = pool.pids
        await pool.close()
        assert [pid for pid in pids if psutil.pid_exists(pid)] == []


def tree(root: Path, *names: str) -> list[FileTask]:
    write(root, {name: functions(2, place) for place, name in enumerate(names)})
    return [FileTask(name) for name in names]


async def test_batches_come_back_in_order_from_several_processes(
    root: Path, make_pool: MakePool
) -> None:
    pool = make_pool(workers=2)
    first, second = tree(root, "a.py", "b.py", "c.py"), tree(root, "d.py", "e.py")
    one, two = await asyncio.gather(
        pool.prepare(root, SETTINGS, first), pool.prepare(root, SETTINGS, second)
    )
    assert [outcome.path for outcome in one.outcomes] == ["a.py", "b.py", "c.py"]
    assert [outcome.path for outcome in two.outcomes] == ["d.py", "e.py"]
    assert all(isinstance(outcome, Made) for outcome in one.outcomes + two.outcomes)
    assert len(pool.pids) == 2
    assert one.seconds["parse"] > 0


async def test_workers_are_polite_and_start_in_no_workspace(
    root: Path, make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, {"msgspec.py": "raise SystemExit('a module of the workspace was imported')\n"})
    monkeypatch.chdir(root)
    pool = make_pool()
    await pool.prepare(root, SETTINGS, tree(root, "a.py"))
    (worker,) = map(psutil.Process, pool.pids)
    assert worker.nice() > psutil.Process().nice() or os.name == "nt"
    assert Path(worker.cwd()) != root


async def test_embeddings_are_looked_up_before_anything_is_embedded(
    root: Path, make_pool: MakePool, tmp_path: Path
) -> None:
    cache = EmbeddingCache(tmp_path / "cache")
    (tmp_path / "cache").mkdir(mode=0o700)
    try:
        pool = make_pool("static-code-256", embeddings=cache)
        tasks = tree(root, "a.py")
        (outcome,) = (await pool.prepare(root, SETTINGS, tasks)).outcomes
        assert isinstance(outcome, Made)
        chunks, row = outcome.prepared.file.chunks, 2 * pool.model.dimension
        assert outcome.prepared.fresh == tuple(range(len(chunks)))
        rows = {
            chunk.digest: outcome.prepared.embeddings[at * row : (at + 1) * row]
            for at, chunk in enumerate(chunks)
        }
        await cache.put(embedding_rules(pool.model.fingerprint), rows)
        (again,) = (await pool.prepare(root, SETTINGS, tasks)).outcomes
        assert isinstance(again, Made)
        assert again.prepared.fresh == ()
        assert again.prepared.embeddings == outcome.prepared.embeddings
    finally:
        await cache.close()


@pytest.mark.parametrize("what", ["crash", "hang"])
async def test_fault_39_a_grammar_that_hangs_or_crashes_costs_the_syntax_of_one_file(
    what: str, root: Path, make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAULT, f"{what}@parse@bad.py")
    pool = make_pool(deadlines=SHORT)
    outcomes = (await pool.prepare(root, SETTINGS, tree(root, "a.py", "bad.py", "c.py"))).outcomes
    made = {
        outcome.path: outcome.prepared.file for outcome in outcomes if isinstance(outcome, Made)
    }
    assert list(made) == ["a.py", "bad.py", "c.py"]
    assert made["a.py"].symbols
    assert made["c.py"].symbols
    assert made["bad.py"].symbols == ()
    assert made["bad.py"].chunks
    assert any("syntax" in problem for problem in made["bad.py"].problems)
    pids = pool.pids
    await pool.prepare(root, SETTINGS, [FileTask("bad.py")])
    assert pool.pids == pids, "content in quarantine is not parsed again"


async def test_fault_39_a_real_grammar_that_hangs(root: Path, make_pool: MakePool) -> None:
    write(root, {"x.cob": "x", "a.py": functions(1)})
    pool = make_pool(deadlines=SHORT)
    outcomes = (await pool.prepare(root, SETTINGS, [FileTask("x.cob"), FileTask("a.py")])).outcomes
    assert [type(outcome) for outcome in outcomes] == [Made, Made]


async def test_fault_40_a_model_that_crashes_fails_one_file_for_now(
    root: Path, make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAULT, "crash@embed@bad.py")
    pool = make_pool("static-code-256", deadlines=SHORT)
    outcomes = (await pool.prepare(root, SETTINGS, tree(root, "a.py", "bad.py", "c.py"))).outcomes
    assert [type(outcome) for outcome in outcomes] == [Made, Failed, Made]
    (last,) = (await pool.prepare(root, SETTINGS, [FileTask("bad.py", embed=False)])).outcomes
    assert isinstance(last, Made)


async def test_fault_19_what_a_library_prints_does_not_break_the_frames(
    root: Path, make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAULT, "print@parse@.py")
    pool = make_pool()
    outcomes = (await pool.prepare(root, SETTINGS, tree(root, "a.py", "b.py"))).outcomes
    assert [type(outcome) for outcome in outcomes] == [Made, Made]


async def test_a_model_that_is_missing_or_another_one_is_said_so(
    root: Path, make_pool: MakePool
) -> None:
    changed = ModelInfo("static-code-256", 256, "another fingerprint", "bundled", "static")
    pool = make_pool("static-code-256", info=changed)
    with pytest.raises(ModelError, match="changed"):
        await pool.prepare(root, SETTINGS, tree(root, "a.py"))
    pids = pool.pids
    with pytest.raises(ModelError, match="changed"):
        await pool.prepare(root, SETTINGS, tree(root, "a.py"))
    assert pool.pids == pids, "the worker itself is sound"


async def test_workers_that_never_start_are_an_error_and_no_endless_loop(
    root: Path, make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", str(root))
    pool = make_pool()
    with pytest.raises(EngineError, match="end as soon as they start"):
        await pool.prepare(root, SETTINGS, tree(root, "a.py"))
    assert pool.pids == []


async def test_a_cancelled_batch_costs_its_worker_and_the_next_one_gets_another(
    root: Path, make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAULT, "hang@parse@bad.py")
    pool = make_pool(deadlines=Deadlines())
    tasks = tree(root, "a.py", "bad.py")
    await pool.prepare(root, SETTINGS, tasks[:1])
    (hanging,) = pool.pids
    running = asyncio.create_task(pool.prepare(root, SETTINGS, tasks[1:]))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await pool.prepare(root, SETTINGS, tasks[:1])).outcomes
    assert not psutil.pid_exists(hanging)


async def test_close_gives_up_what_is_running_and_leaves_no_process(
    root: Path, make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAULT, "hang@parse@bad.py")
    pool = make_pool(deadlines=Deadlines())
    tasks = tree(root, "a.py", "bad.py")
    await pool.prepare(root, SETTINGS, tasks[:1])
    pids = pool.pids
    running = asyncio.create_task(pool.prepare(root, SETTINGS, tasks[1:]))
    waiting = asyncio.create_task(pool.prepare(root, SETTINGS, tasks[:1]))
    await asyncio.sleep(0)
    await pool.close()
    for task in (running, waiting):
        with pytest.raises(NotReady):
            await task
    assert not any(map(psutil.pid_exists, pids))
    assert pool.pids == []


async def test_urgent_batches_go_before_those_that_wait(root: Path, make_pool: MakePool) -> None:
    pool = make_pool()
    order: list[str] = []

    async def one(name: str, urgent: bool) -> None:
        await pool.prepare(root, SETTINGS, [FileTask(name)], urgent=urgent)
        order.append(name)

    tree(root, "a.py", "b.py", "c.py", "d.py")
    jobs = [
        asyncio.create_task(one(name, urgent))
        for name, urgent in (("a.py", False), ("b.py", False), ("c.py", False), ("d.py", True))
    ]
    await asyncio.gather(*jobs)
    assert order == ["a.py", "d.py", "b.py", "c.py"]


async def test_idle_workers_are_let_go_but_for_one(
    root: Path, make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_IDLE_S", 0.05)
    pool = make_pool(workers=2)
    files = tree(root, "a.py", "b.py")
    await asyncio.gather(*(pool.prepare(root, SETTINGS, [task]) for task in files))
    async with asyncio.timeout(20):
        while len(pool.pids) > 1:
            await asyncio.sleep(0.02)
    assert (await pool.prepare(root, SETTINGS, files)).outcomes


async def test_warming_starts_every_process_once(root: Path, make_pool: MakePool) -> None:
    pool = make_pool(workers=2)
    pool.warm()
    await asyncio.gather(
        *(pool.prepare(root, SETTINGS, [task]) for task in tree(root, "a.py", "b.py", "c.py"))
    )
    assert len(pool.pids) == 2


_ENGINE = """
import asyncio, sys
from pathlib import Path
from codetriever_lsp.embed.load import describe
from codetriever_lsp.index.jobs import FileTask
from codetriever_lsp.index.workers.pool import WorkerPool
from codetriever_lsp.settings import EngineSettings, IndexSettings

async def main():
    settings = EngineSettings(cache_dir=sys.argv[1], model="none", threads=1)
    pool = WorkerPool(settings, describe(settings))
    root = Path(sys.argv[2])
    await pool.prepare(root, IndexSettings(), [FileTask("a.py")])
    print(*pool.pids, flush=True)
    await pool.prepare(root, IndexSettings(), [FileTask("bad.py")])

asyncio.run(main())
"""


@pytest.mark.parametrize("busy", [False, True])
def test_fault_45_workers_end_when_their_engine_is_killed(
    busy: bool, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if busy:
        monkeypatch.setenv(FAULT, "hang@parse@bad.py")
    tree(root, "a.py", "bad.py")
    with subprocess.Popen(
        [sys.executable, "-c", _ENGINE, str(tmp_path), str(root)], stdout=subprocess.PIPE, text=True
    ) as engine:
        assert engine.stdout is not None
        worker = psutil.Process(int(engine.stdout.readline()))
        engine.kill()
        worker.wait(timeout=10)
        assert not worker.is_running()
