from __future__ import annotations

import asyncio
import os
import random
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Bench
from index_samples import LONG_AGO, LocalPool, age, functions, open_store, set_time, write

from codetriever_lsp.errors import ModelError, NotReady, StoreError
from codetriever_lsp.index import indexer as indexer_module
from codetriever_lsp.index.indexer import Indexer
from codetriever_lsp.index.jobs import FileTask
from codetriever_lsp.index.reconcile import Look, Scene, Sweep, spelled_so
from codetriever_lsp.settings import IndexSettings


async def paths(bench: Bench) -> list[str]:
    return [row.path for row in await bench.store.files()]


async def indexed(bench: Bench, files: dict[str, str | bytes]) -> None:
    write(bench.root, files)
    bench.pool.clock = age(bench.root)
    await bench.indexer.sync(reconcile=True)
    bench.pool.paths.clear()
    bench.pool.sample.texts.clear()


async def test_a_folder_is_indexed_and_the_progress_is_told(bench: Bench) -> None:
    told: list[tuple[int, int, bool]] = []
    bench.indexer._progress = lambda *step: told.append(step)
    write(
        bench.root,
        {f"src/m{n}.py": functions(2, n) for n in range(20)}
        | {"node_modules/x.js": "x", "blob": b"\0\1" * 99},
    )
    generation = await bench.indexer.sync(reconcile=True)
    assert generation == bench.store.generation > 0
    assert await paths(bench) == sorted(f"src/m{n}.py" for n in range(20))
    assert bench.indexer.pending == 0
    assert told[-1] == (21, 21, True)
    assert [step for step in told if step[2]] == [told[-1]]
    assert bench.indexer.skipped["binary"] == 1
    assert sum(bench.indexer.skipped.values()) == 2
    assert {"read", "parse", "terms", "embed", "walk", "commit"} <= bench.indexer.seconds.keys()
    chunks = [
        text for text in bench.pool.sample.texts if not text.startswith("src m")
    ]  # the rest are words of paths
    assert bench.indexer.embedded == len(set(chunks)) > 0
    assert bench.pool.warmed == 1
    await bench.equals_scratch()


async def test_an_empty_folder_has_a_generation(bench: Bench) -> None:
    assert await bench.indexer.sync(reconcile=True) == 1


async def test_fault_31_touch_chmod_and_an_equal_save_embed_nothing(bench: Bench) -> None:
    await indexed(bench, {"a.py": functions(3), "b.py": functions(3, 1), "c.py": functions(3, 2)})
    generation, embedded = bench.store.generation, bench.indexer.embedded
    set_time(bench.root / "a.py")
    (bench.root / "b.py").chmod(0o600)
    write(bench.root, {"c.py": functions(3, 2)})
    await bench.indexer.sync(reconcile=True)
    bench.indexer.mark(["a.py", "b.py", "c.py"])
    await bench.indexer.sync()
    assert bench.pool.sample.texts == []
    assert (bench.store.generation, bench.indexer.embedded) == (generation, embedded)
    bench.pool.paths.clear()
    bench.pool.clock = age(bench.root)
    await bench.indexer.sync(reconcile=True)
    bench.pool.paths.clear()
    await bench.indexer.sync(reconcile=True)
    assert bench.pool.paths == [], "the new stamps are remembered"


async def test_a_moved_or_copied_file_embeds_only_the_words_of_its_path(bench: Bench) -> None:
    await indexed(bench, {"a.py": functions(3), "b.py": functions(3, 1)})
    (bench.root / "a.py").rename(bench.root / "moved.py")
    shutil.copy(bench.root / "b.py", bench.root / "copy.py")
    embedded = bench.indexer.embedded
    bench.indexer.mark(["a.py", "moved.py", "copy.py"])
    await bench.indexer.sync()
    assert sorted(bench.pool.sample.texts) == ["copy", "moved"]
    assert bench.indexer.embedded == embedded
    assert await paths(bench) == ["b.py", "copy.py", "moved.py"]
    await bench.equals_scratch()


async def test_an_edit_embeds_only_what_changed(bench: Bench) -> None:
    await indexed(bench, {"a.py": functions(6)})
    write(
        bench.root,
        {"a.py": functions(6).replace("a long enough function 03", "another long enough function")},
    )
    bench.indexer.mark(["a.py"])
    await bench.indexer.sync()
    assert len(bench.pool.sample.texts) == 1
    assert "another long enough" in bench.pool.sample.texts[0]
    await bench.equals_scratch()


async def test_fault_30_same_size_and_time_with_other_content_is_found(bench: Bench) -> None:
    await indexed(bench, {"a.py": "value = 1\n"})
    before = (bench.root / "a.py").stat()
    write(bench.root, {"a.py": "value = 2\n"})
    os.utime(bench.root / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    await bench.indexer.sync(reconcile=True)
    (chunk,) = await bench.store.file_chunks("a.py")
    assert chunk.text == "value = 2"
    set_time(bench.root / "a.py", LONG_AGO + 10)
    write(bench.root, {"a.py": "value = 3\n"})
    set_time(bench.root / "a.py", LONG_AGO)
    await bench.indexer.sync(reconcile=True)
    await bench.equals_scratch()


async def test_fault_30_a_change_right_after_the_reading_is_found_by_digest(bench: Bench) -> None:
    """Times so coarse that the second change leaves the stamp as it was: the first one was in
    doubt."""
    write(bench.root, {"a.py": "value = 1\n"})
    await bench.indexer.sync(reconcile=True)
    bench.pool.paths.clear()
    await bench.indexer.sync(reconcile=True)
    assert bench.pool.paths == ["a.py"], "in doubt, so it is read again"
    bench.pool.clock = age(bench.root)
    await bench.indexer.sync(reconcile=True)
    bench.pool.paths.clear()
    await bench.indexer.sync(reconcile=True)
    assert bench.pool.paths == [], "not in doubt any more"


async def test_fault_35_a_file_that_changes_while_it_is_worked_on_is_taken_again(
    bench: Bench,
) -> None:
    await indexed(bench, {"a.py": "value = 1\n"})
    changes = iter(range(2, 5))

    def change(_files: Sequence[FileTask]) -> None:
        if (number := next(changes, None)) is not None:
            write(bench.root, {"a.py": f"value = {number}\n"})
            bench.indexer.mark(["a.py"])

    bench.pool.before = change
    bench.indexer.mark(["a.py"])
    await bench.indexer.sync()
    while bench.indexer.pending:
        await bench.indexer.sync()
    (chunk,) = await bench.store.file_chunks("a.py")
    assert chunk.text == "value = 4"
    assert len(bench.pool.paths) == 4
    await bench.equals_scratch()


async def test_a_path_is_never_worked_on_twice_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    running: list[str] = []
    prepare = bench.pool.prepare

    async def slow(
        root: Path, settings: IndexSettings, files: Sequence[FileTask], *, urgent: bool = False
    ) -> Any:
        assert not set(running) & {task.path for task in files}
        running.extend(task.path for task in files)
        for _ in range(5):
            bench.indexer.mark([task.path for task in files])
            await asyncio.sleep(0)
        results = await prepare(root, settings, files, urgent=urgent)
        for task in files:
            running.remove(task.path)
        if len(bench.pool.paths) > 6:
            monkeypatch.undo()
        return results

    monkeypatch.setattr(bench.pool, "prepare", slow)
    write(bench.root, {"a.py": "a = 1\n", "b.py": "b = 1\n"})
    bench.indexer.mark(["a.py", "b.py"])
    await bench.indexer.sync()
    while bench.indexer.pending:
        await bench.indexer.sync()
    await bench.equals_scratch()


async def test_fault_24_a_folder_that_appears_is_indexed_by_one_hint(
    bench: Bench, tmp_path: Path
) -> None:
    await indexed(bench, {"a.py": "a = 1\n"})
    write(
        tmp_path / "made", {"x.py": "x = 1\n", "deep/er/y.py": "y = 1\n", "node_modules/z.js": "z"}
    )
    (tmp_path / "made").rename(bench.root / "made")
    bench.indexer.mark(["made"])
    await bench.indexer.sync()
    assert await paths(bench) == ["a.py", "made/deep/er/y.py", "made/x.py"]
    await bench.equals_scratch()


async def test_fault_25_a_folder_that_goes_takes_its_files_along(
    bench: Bench, tmp_path: Path
) -> None:
    await indexed(
        bench,
        {
            "a.py": "a = 1\n",
            "lib/x.py": "x = 1\n",
            "lib/deep/y.py": "y = 1\n",
            "library.py": "l = 1\n",
        },
    )
    (bench.root / "lib").rename(tmp_path / "out")
    bench.indexer.mark(["lib"])
    await bench.indexer.sync()
    assert await paths(bench) == ["a.py", "library.py"]
    await bench.equals_scratch()


async def test_fault_27_file_then_folder_then_link(bench: Bench, tmp_path: Path) -> None:
    await indexed(bench, {"thing": "a = 1\n"})
    (bench.root / "thing").unlink()
    write(bench.root, {"thing/x.py": "x = 1\n"})
    bench.indexer.mark(["thing"])
    await bench.indexer.sync()
    assert await paths(bench) == ["thing/x.py"]
    shutil.move(bench.root / "thing", tmp_path / "elsewhere")
    (bench.root / "thing").symlink_to(tmp_path / "elsewhere")
    bench.indexer.mark(["thing"])
    await bench.indexer.sync()
    assert await paths(bench) == []
    (bench.root / "thing").unlink()
    write(bench.root, {"thing": "a = 2\n"})
    bench.indexer.mark(["thing"])
    await bench.indexer.sync()
    assert await paths(bench) == ["thing"]
    await bench.equals_scratch()


async def test_a_hint_on_a_folder_looks_only_at_what_differs(bench: Bench) -> None:
    await indexed(bench, {f"src/m{n}.py": f"m = {n}\n" for n in range(10)})
    (bench.root / "src/m3.py").unlink()
    write(bench.root, {"src/m4.py": "m = 44\n"})
    bench.indexer.mark(["src"])
    await bench.indexer.sync()
    assert bench.pool.paths == ["src/m4.py"]
    await bench.equals_scratch()


async def test_a_changed_ignore_file_changes_what_is_indexed(bench: Bench) -> None:
    await indexed(bench, {"a.py": "a = 1\n", "gen/b.py": "b = 1\n"})
    write(bench.root, {".gitignore": "gen/\n"})
    bench.indexer.mark([".gitignore"])
    await bench.indexer.sync()
    assert "gen/b.py" not in await paths(bench)
    write(bench.root, {".gitignore": "a.py\n"})
    bench.indexer.mark([".gitignore"])
    await bench.indexer.sync()
    assert [path for path in await paths(bench) if path.endswith(".py")] == ["gen/b.py"]
    await bench.equals_scratch()


async def test_a_hint_never_changes_the_index_by_itself(bench: Bench) -> None:
    await indexed(bench, {"a.py": "a = 1\n", "node_modules/b.js": "b"})
    dump = await bench.store.dump()
    bench.indexer.mark(
        ["a.py", "not there.py", "node_modules/b.js", "../outside.py", "/etc/passwd", "a.py/x"]
    )
    await bench.indexer.sync()
    assert await bench.store.dump() == dump


async def test_a_walk_that_began_before_a_sync_does_not_speak_for_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await indexed(bench, {"a.py": "a = 1\n"})
    step, began, go_on = Sweep.step, threading.Event(), threading.Event()

    def held(sweep: Sweep) -> Any:
        if not began.is_set():
            began.set()
            go_on.wait(30)
            raise NotReady("away for a moment")
        return step(sweep)

    monkeypatch.setattr(Sweep, "step", held)
    bench.indexer.mark_all()
    await asyncio.to_thread(began.wait, 30)
    (bench.root / "b.py").write_text("b = 1\n")
    syncing = asyncio.create_task(bench.indexer.sync(reconcile=True))
    await asyncio.sleep(0)  # it has been asked for before the walk ends
    go_on.set()
    await syncing
    assert await paths(bench) == ["a.py", "b.py"]


async def test_a_look_that_began_before_a_sync_and_fails_is_not_its_failure(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await indexed(bench, {"a.py": "a = 1\n"})
    began, go_on = threading.Event(), threading.Event()
    look, looks = indexer_module.look_at, []

    def fails_once(scene: Scene, paths: Sequence[str]) -> list[Look]:
        looks.append(paths)
        if len(looks) > 1:
            return look(scene, paths)
        began.set()
        assert go_on.wait(30)
        raise NotReady("the folder was away then")

    monkeypatch.setattr(indexer_module, "look_at", fails_once)
    (bench.root / "a.py").write_text("a = 2\n")
    bench.indexer.mark(["a.py"], saved=True)
    await asyncio.to_thread(began.wait, 30)
    syncing = asyncio.create_task(bench.indexer.sync())
    await asyncio.sleep(0)  # it has been asked for before the look ends
    go_on.set()
    await syncing
    assert len(looks) > 1
    await bench.equals_scratch()


async def test_fault_28_a_root_that_is_gone_keeps_its_index_until_it_is_back(
    bench: Bench, tmp_path: Path
) -> None:
    await indexed(bench, {"a.py": "a = 1\n", "b.py": "b = 1\n"})
    bench.root.rename(tmp_path / "away")
    bench.indexer.mark(["a.py"])
    with pytest.raises(NotReady):
        await bench.indexer.sync(reconcile=True)
    assert "stays" in bench.indexer.last_error
    assert await paths(bench) == ["a.py", "b.py"]
    (tmp_path / "away" / "a.py").unlink()
    (tmp_path / "away").rename(bench.root)
    await bench.indexer.sync(reconcile=True)
    assert bench.indexer.last_error == ""
    assert await paths(bench) == ["b.py"]


async def test_fault_43_a_store_that_fails_loses_no_mark(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await indexed(bench, {"a.py": "a = 1\n"})
    dump = await bench.store.dump()

    async def full(*_args: object) -> int:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(bench.store, "commit", full)
    write(bench.root, {"a.py": "a = 2\n", "b.py": "b = 1\n"})
    bench.indexer.mark(["a.py", "b.py"])
    with pytest.raises(StoreError, match="full"):
        await bench.indexer.sync()
    assert bench.indexer.last_error == "The disk is full."
    assert bench.indexer.pending == 2
    assert await bench.store.dump() == dump
    monkeypatch.undo()
    await bench.indexer.sync()
    assert bench.indexer.last_error == ""
    await bench.equals_scratch()


async def test_fault_40_a_model_that_cannot_be_loaded_is_tried_again_after_a_while(
    bench: Bench,
) -> None:
    now = 1000.0
    bench.indexer._clock = lambda: now
    broken = True
    tries = 0

    def fail(_files: Sequence[FileTask]) -> None:
        nonlocal tries
        tries += 1
        if broken:
            raise ModelError("There is no model folder.")

    bench.pool.before = fail
    write(bench.root, {"a.py": "a = 1\n"})
    bench.indexer.mark_all()
    with pytest.raises(ModelError):
        await bench.indexer.sync()
    first = tries
    bench.indexer._wake.set()
    await asyncio.sleep(0)
    assert tries == first, "not before its time"
    broken = False
    now += 1.0
    bench.indexer._wake.set()
    async with asyncio.timeout(10):
        while bench.indexer.pending:
            await bench.indexer._pulse.wait()
    await bench.equals_scratch()


async def test_fault_40_a_file_that_the_model_fails_on_is_indexed_by_its_words_in_the_end(
    bench: Bench,
) -> None:
    now = 1000.0
    bench.indexer._clock = lambda: now
    bench.pool.sample.poison = "work_7_0"
    await indexed(bench, {"a.py": functions(2), "bad.py": functions(2, 7)})
    assert await paths(bench) == ["a.py"], "sync does not wait for it"
    assert "not finite" in bench.indexer.problems["bad.py"]
    for _ in range(2):
        now += 300
        before = len(bench.pool.paths)
        bench.indexer._wake.set()
        async with asyncio.timeout(10):
            while len(bench.pool.paths) == before:
                await asyncio.sleep(0)
            await bench.indexer.sync()
            while bench.indexer.pending:
                await bench.indexer._pulse.wait()
    assert bench.pool.paths == ["bad.py", "bad.py"]
    assert await paths(bench) == ["a.py", "bad.py"]
    assert "by its words" in bench.indexer.problems["bad.py"]
    bench.pool.sample.poison = ""
    bench.indexer.mark_all(full=True)
    await bench.indexer.sync()
    assert bench.indexer.problems == {}
    await bench.equals_scratch()


def test_an_old_spelling_is_told_apart_where_case_does_not_count(root: Path) -> None:
    write(root, {"src/New.py": ""})
    assert spelled_so(root, "src/New.py", caseless=True)
    assert not spelled_so(root, "src/new.py", caseless=True)
    assert not spelled_so(root, "SRC/New.py", caseless=True)
    assert spelled_so(root, "SRC/new.py", caseless=False)


async def test_a_full_reindex_prepares_every_file_and_embeds_nothing(bench: Bench) -> None:
    await indexed(bench, {"a.py": functions(2), "b.py": functions(2, 1)})
    bench.indexer.mark_all(full=True)
    await bench.indexer.sync()
    assert sorted(bench.pool.paths) == ["a.py", "b.py"]
    assert bench.pool.sample.texts == []


async def test_nothing_is_embedded_or_read_after_a_restart(bench: Bench) -> None:
    await indexed(bench, {"a.py": functions(2), "blob": b"\0\1" * 99})
    pool = LocalPool(cache=bench.pool.embeddings)
    again = Indexer(bench.root, bench.store, pool, IndexSettings())
    await again.start()
    try:
        await again.sync(reconcile=True)
        assert pool.paths == ["blob"], "what is refused is not remembered over a restart"
        assert (again.embedded, pool.warmed) == (0, 0)
        pool.paths.clear()
        await again.sync(reconcile=True)
        assert (
            pool.paths == ["blob"]
            if (bench.root / "blob").stat().st_ctime_ns > pool.clock() - 2 * 10**9
            else []
        )
    finally:
        await again.close()


async def test_sync_of_a_closed_indexer_ends(bench: Bench) -> None:
    gate = asyncio.Event()

    async def wait(*_args: object, **_options: object) -> None:
        await gate.wait()

    bench.pool.prepare = wait  # type: ignore[method-assign, assignment]
    write(bench.root, {"a.py": "a = 1\n"})
    bench.indexer.mark(["a.py"])
    waiting = asyncio.create_task(bench.indexer.sync())
    await asyncio.sleep(0)
    await bench.indexer.close()
    with pytest.raises(NotReady):
        await waiting


def _edit(root: Path, dice: random.Random, names: Sequence[str]) -> list[str]:
    """One change on disk, and the hints for it."""
    name, other = dice.choice(names), dice.choice(names)
    path, target = root / name, root / other
    what = dice.choice(["write", "write", "write", "delete", "move", "touch", "folder"])
    if what == "write" and not path.is_dir():
        write(root, {name: functions(dice.randint(0, 4), dice.randint(0, 5))})
    elif what == "delete" and path.is_file():
        path.unlink()
    elif what == "move" and path.is_file() and not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        return [name, other]
    elif what == "touch" and path.exists():
        set_time(path, dice.randint(LONG_AGO, LONG_AGO + 100))
    elif what == "folder":
        shutil.rmtree(path.parent if path.parent != root else path, ignore_errors=True)
        return [path.parent.relative_to(root).as_posix()] if path.parent != root else []
    return [name]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("hints", ["all", "some", "none"])
async def test_any_history_of_changes_equals_from_scratch(
    bench: Bench, seed: int, hints: str
) -> None:
    dice = random.Random(f"{seed}/{hints}")
    names = ["a.py", "b.py", "src/c.py", "src/d.py", "src/deep/e.py", "lib/f.py", "lib/g.js"]
    told: Callable[[], bool] = {
        "all": lambda: True,
        "some": lambda: dice.random() < 0.5,
        "none": lambda: False,
    }[hints]
    for _ in range(40):
        marks = _edit(bench.root, dice, names)
        if told():
            bench.indexer.mark(marks)
        for _ in range(dice.randint(0, 3)):
            await asyncio.sleep(0)
        if dice.random() < 0.1:
            await bench.indexer.sync(reconcile=hints != "all")
    await bench.indexer.sync(reconcile=hints != "all")
    await bench.equals_scratch()


async def test_the_index_equals_one_of_another_store(bench: Bench, tmp_path: Path) -> None:
    """The fixture's own comparison can tell a difference."""
    await indexed(bench, {"a.py": "a = 1\n"})
    store = await open_store(tmp_path / "other", bench.root)
    try:
        assert await store.dump() != await bench.store.dump()
    finally:
        await store.close()
