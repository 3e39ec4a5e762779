"""What answers while an index is built anew because the model or the rules have changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from engine_clients import BUFFER, FILES, Client, Engine, copy_tree, settings_in, write

from codetriever_lsp.engine import resources, workspace_folder
from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.errors import StoreCorrupt
from codetriever_lsp.index.fingerprint import index_rules
from codetriever_lsp.index.workers.pool import WorkerPool
from codetriever_lsp.model import Hit, SearchResult
from codetriever_lsp.settings import DEFAULT_MODEL, IndexSettings
from codetriever_lsp.store.cache_layout import StoreLocation, stored_roots
from codetriever_lsp.store.durability.lock import StoreLock
from codetriever_lsp.store.failpoint import set_hook
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors.edge import EdgeFactory, EdgeVectors

QUERY = "how much of the plane a square covers"
CHANGED = "def perimeter_of_square(side):\n    return 4 * side\n"


class Gate:
    """Workers are not given the files in `held`; `open` lets them through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held: set[str] = set()
        self._changed = asyncio.Condition()
        real = WorkerPool.prepare

        async def prepare(
            pool: WorkerPool,
            root: Path,
            settings: IndexSettings,
            files: Sequence[Any],
            **options: Any,
        ) -> Any:
            async with self._changed:
                await self._changed.wait_for(
                    lambda: not any(task.text is None and task.path in self.held for task in files)
                )
            return await real(pool, root, settings, files, **options)

        monkeypatch.setattr(WorkerPool, "prepare", prepare)

    async def open(self) -> None:
        self.held.clear()
        async with self._changed:
            self._changed.notify_all()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "sample", FILES)


@pytest.fixture(autouse=True)
def _no_hook_stays() -> Iterator[None]:
    yield
    set_hook(None)


@pytest_asyncio.fixture
async def engine_of(tmp_path: Path) -> AsyncIterator[Callable[..., Engine]]:
    """Makes engines on one cache directory, or on another one, and closes them."""
    engines: list[Engine] = []

    def make(cache: str = "cache", model: str = "none") -> Engine:
        engines.append(Engine(settings_in(tmp_path / cache, model=model)))
        return engines[-1]

    yield make
    for engine in engines:
        await engine.close()


def other_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on indexes are built by other rules."""
    monkeypatch.setattr(
        resources, "index_rules", lambda fingerprint: f"{index_rules(fingerprint)}/another"
    )


async def indexed(engine: Engine, root: Path) -> tuple[Hit, ...]:
    """Index the folder and close the engine; gives the hits of `QUERY`."""
    client = await engine.client()
    await client.open(root)
    hits = await client.search(QUERY, explain=True)
    assert hits
    await engine.close()
    return hits


async def begin(client: Client, root: Path) -> None:
    """Open the folder and wait for nothing, but have one file a batch, so that a held file holds up
    no other."""
    client.backend._shared.pool.batch_files = 1
    await client.ask(m.OpenFolders((str(root),), IndexSettings()))


def folder_of(client: Client, root: Path) -> workspace_folder.Folder:
    return client.backend._folders[root]


def stores(engine: Engine) -> list[Path]:
    return [location.path for _, location in stored_roots(Path(engine.settings.cache_dir))]


async def dump_of(client: Client, root: Path) -> dict[str, Any]:
    return await folder_of(client, root).store.dump()


async def from_scratch(engine: Engine, root: Path) -> dict[str, Any]:
    client = await engine.client()
    await client.open(root)
    dump = await dump_of(client, root)
    await engine.close()
    return dump


def _damaged_under(path: Path, query: Callable[..., Any]) -> Callable[..., Any]:
    """`query`, but what lies in `path` cannot be read."""

    def damaged(vectors: EdgeVectors, *values: Any) -> Any:
        if vectors._folder.is_relative_to(path):
            raise StoreCorrupt("bits have flipped")
        return query(vectors, *values)

    return damaged


def exact(hits: Sequence[Hit]) -> bool:
    """Whether each hit shows the very lines that the file on the disk has there."""
    for hit in hits:
        lines = Path(hit.path).read_text(encoding="utf-8").split("\n")
        if "\n".join(lines[hit.span.start.line : hit.span.end.line + 1]) != hit.snippet:
            return False
    return True


async def test_fault_48_the_old_index_answers_until_the_new_one_is_whole(
    engine_of: Callable[..., Engine], root: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await indexed(engine_of(model=DEFAULT_MODEL), root)
    other_rules(monkeypatch)
    gate.held = set(FILES)
    engine = engine_of(model=DEFAULT_MODEL)
    client = await engine.client()
    await begin(client, root)
    assert (
        await client.search(QUERY, explain=True) == before
    )  # by meaning, too: the model is the same
    assert await client.names("SendM") == ["SendMessage"]
    assert await client.outline(root / "mail/send.go") == ["SendMessage"]
    while not (
        indexer := folder_of(client, root).indexer
    ).pending:  # the walk lets searches go first
        await indexer._pulse.wait()
    status = (await client.status())[0]
    assert (status.state, status.files, status.pending) == ("indexing", 4, 4)
    assert "the one of before answers; " in status.last_error
    result: SearchResult = await client.ask(m.Search(QUERY))
    assert (result.index.state, result.index.files) == ("indexing", 4)

    syncing = asyncio.create_task(client.ask(m.Sync()))
    for _ in range(3):
        assert await client.search(QUERY, explain=True) == before
    assert not syncing.done()
    await gate.open()
    await syncing
    status = (await client.status())[0]
    assert (status.state, status.files, status.pending, status.last_error) == ("ready", 4, 0, "")
    assert await client.search(QUERY, explain=True) == before
    assert stores(engine) == [folder_of(client, root).store.path]
    assert client.events[-1].state.state == "ready"
    assert await dump_of(client, root) == await from_scratch(
        engine_of("scratch", DEFAULT_MODEL), root
    )


@pytest.mark.parametrize(("before", "after"), [("none", DEFAULT_MODEL), (DEFAULT_MODEL, "none")])
async def test_fault_48_an_index_of_another_model_answers_by_words_alone(
    engine_of: Callable[..., Engine], root: Path, gate: Gate, before: str, after: str
) -> None:
    await indexed(engine_of(model=before), root)
    gate.held = set(FILES)
    client = await engine_of(model=after).client()
    await begin(client, root)
    assert (await client.search("area of square"))[0].path == str(root / "shapes/square.py")
    assert await client.search("area of square", mode="semantic") == ()
    assert (await client.ask(m.Similar(str(root / "shapes/square.py"), 0, 4))).hits
    status = (await client.status())[0]
    assert status.state == "indexing"
    assert "answers, by words alone" in status.last_error
    await gate.open()
    await client.ask(m.Sync())
    assert ((await client.status())[0].state, (await client.status())[0].last_error) == (
        "ready",
        "",
    )
    assert bool(await client.search("area of square", mode="semantic")) == (after != "none")


async def test_fault_48_files_that_changed_since_give_no_lying_hits(
    engine_of: Callable[..., Engine], root: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    await indexed(engine_of(), root)
    other_rules(monkeypatch)
    (root / "mail/send.go").unlink()
    (root / ".gitignore").write_text("README.md\n", encoding="utf-8")
    gate.held = {"shapes/circle.py", "shapes/square.py"}
    client = await engine_of().client()
    await begin(client, root)
    for _ in range(2):
        hits = await client.search("send a letter to the receiver, or shapes and mail")
        assert {Path(hit.path).suffix for hit in hits} == {".py"}
    assert await client.names("SendMessage") == []
    # Nobody tells of this change, nothing watches, and the new index does not have the file yet.
    (root / "shapes/square.py").write_text("\n\n" + FILES["shapes/square.py"], encoding="utf-8")
    hits = await client.search("area of the plane")
    assert {hit.path for hit in hits} == {str(root / "shapes/circle.py")}
    assert exact(hits)
    assert await client.names("area_of_square") == []
    assert await client.outline(root / "shapes/square.py") == []
    assert await client.outline(root / "shapes/circle.py") == [
        "Circle",
        "__init__",
        "area_of_circle",
    ]


async def test_fault_48_a_changed_file_is_found_once_the_new_index_has_it(
    engine_of: Callable[..., Engine], root: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    await indexed(engine_of(model=DEFAULT_MODEL), root)
    other_rules(monkeypatch)
    write(root, {"shapes/square.py": CHANGED, "new/sphere.py": BUFFER})
    gate.held = {"mail/send.go"}
    client = await engine_of(model=DEFAULT_MODEL).client()
    committed = asyncio.Event()
    followed = workspace_folder.StandIn.follow

    async def follow(standin: workspace_folder.StandIn, *values: Any) -> None:
        await followed(standin, *values)
        if {"shapes/square.py", "new/sphere.py"} <= set(standin.shown):
            committed.set()

    monkeypatch.setattr(workspace_folder.StandIn, "follow", follow)
    await begin(client, root)
    await committed.wait()
    assert (await client.search("perimeter of a square"))[0].snippet == CHANGED.rstrip("\n")
    assert (await client.search("how much of space a sphere fills"))[0].path == str(
        root / "new/sphere.py"
    )
    assert await client.names("of_square") == ["perimeter_of_square"]
    assert await client.names("volume") == ["volume_of_sphere"]
    assert (await client.search("delivers a letter"))[0].path == str(root / "mail/send.go")
    assert exact(await client.search("area perimeter volume message"))
    assert (await client.status())[0].state == "indexing"
    (root / "new/sphere.py").unlink()
    await client.ask(m.Touch((str(root / "new/sphere.py"),)))
    await gate.open()
    await client.ask(m.Sync())
    assert await client.names("volume") == []
    assert await dump_of(client, root) == await from_scratch(
        engine_of("scratch", DEFAULT_MODEL), root
    )


async def test_fault_48_open_buffers_are_found_by_their_owner_meanwhile(
    engine_of: Callable[..., Engine], root: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    await indexed(engine_of(), root)
    other_rules(monkeypatch)
    gate.held = set(FILES)
    engine = engine_of()
    client, other = await engine.client(), await engine.client()
    await begin(client, root)
    await begin(other, root)
    await client.edit(root / "shapes/square.py", 1, BUFFER)
    await folder_of(client, root).buffers.settled(client.number, "shapes/square.py")
    assert (await client.search("volume of sphere"))[0].snippet == BUFFER.rstrip("\n")
    assert await client.names("area_of_square") == []
    assert exact(await other.search("volume of sphere"))
    assert await other.names("area_of_square") == ["area_of_square"]
    await gate.open()
    await client.ask(m.Sync())
    assert (await client.search("volume of sphere"))[0].snippet == BUFFER.rstrip("\n")


async def test_fault_48_killed_at_each_step_the_one_or_the_other_answers(
    engine_of: Callable[..., Engine],
    root: Path,
    tmp_path: Path,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = await indexed(engine_of(), root)
    (old,) = (path.name for path in stores(engine_of()))
    other_rules(monkeypatch)
    copies: list[str] = []

    def leave(step: str) -> None:
        """The cache as a process leaves it that dies here."""
        if step not in copies:
            copies.append(step)
            copy_tree(tmp_path / "cache", tmp_path / step)

    mark, retire, discard = Store.mark_whole, workspace_folder.retire, EdgeFactory.discard

    async def mark_whole(store: Store) -> None:
        leave("before the mark")
        await mark(store)

    def retired(*values: Any) -> int:
        leave("after the mark")
        return retire(*values)

    def discarded(factory: EdgeFactory, location: StoreLocation) -> None:
        leave("before the vectors go")
        discard(factory, location)
        leave("after the vectors went")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "mark_whole", mark_whole)
        patched.setattr(workspace_folder, "retire", retired)
        patched.setattr(EdgeFactory, "discard", discarded)
        committed = asyncio.Event()

        def hook(step: str) -> None:
            if step == "after_transaction":
                leave("in a commit")
                committed.set()

        set_hook(hook)
        gate.held = {"mail/send.go"}
        client = await engine_of().client()
        await begin(client, root)
        await committed.wait()
        await gate.open()
        await client.ask(m.Sync())
        set_hook(None)
        expected = await dump_of(client, root)
        await client.backend.close()
    assert copies == [
        "in a commit",
        "before the mark",
        "after the mark",
        "before the vectors go",
        "after the vectors went",
    ]
    (new,) = (path.name for path in stores(engine_of()))
    marked = [
        {path.name for path in stores(engine_of(step)) if (path / "whole.json").exists()}
        for step in copies
    ]
    assert marked == [{old}, {old}, {old, new}, {new}, {new}]
    for step in copies:
        gate.held = set(FILES)
        engine = engine_of(step)
        client = await engine.client()
        await begin(client, root)
        assert await client.search(QUERY, explain=True) == before, step
        if step == "in a commit":
            assert folder_of(client, root)._standin is not None
        await gate.open()
        await client.ask(m.Sync())
        assert (await client.status())[0].state == "ready"
        assert await dump_of(client, root) == expected, step
        assert [path.name for path in stores(engine)] == [new]
        await engine.close()


async def test_fault_48_going_back_in_the_middle_finds_the_old_index_as_it_was(
    engine_of: Callable[..., Engine], root: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await indexed(engine_of(), root)
    gate.held = set(FILES)
    with monkeypatch.context() as patched:
        other_rules(patched)
        engine = engine_of()
        client = await engine.client()
        await begin(client, root)
        assert await client.search(QUERY, explain=True) == before
        await engine.close()
        assert len(stores(engine)) == 2
    engine = engine_of()
    client = await engine.client()
    await begin(client, root)
    assert await client.search(QUERY, explain=True) == before
    assert folder_of(client, root).store.whole
    await gate.open()
    await client.ask(m.Sync())
    assert stores(engine) == [folder_of(client, root).store.path]


async def test_fault_48_an_old_index_that_is_damaged_in_use_is_dismissed(
    engine_of: Callable[..., Engine], root: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    await indexed(engine_of(), root)
    other_rules(monkeypatch)
    gate.held = {"mail/send.go"}
    client = await engine_of().client()
    await begin(client, root)
    standin = folder_of(client, root)._standin
    assert standin is not None
    monkeypatch.setattr(
        type(standin._vectors), "query", _damaged_under(standin.path, type(standin._vectors).query)
    )
    assert await client.names("area_of_square") == ["area_of_square"]
    await client.search(QUERY)
    assert standin.damaged
    assert folder_of(client, root)._standin is None
    await gate.open()
    await client.ask(m.Sync())
    assert (await client.search(QUERY))[0].path == str(root / "shapes/square.py")
    assert (await client.status())[0].state == "ready"
    assert not standin.path.exists()


async def test_fault_48_an_old_index_that_another_process_uses_is_left_alone(
    engine_of: Callable[..., Engine], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = engine_of()
    await indexed(first, root)
    (old,) = stores(first)
    lock = StoreLock(old)
    lock.acquire()
    other_rules(monkeypatch)
    engine = engine_of()
    client = await engine.client()
    await client.open(root)
    assert (await client.search(QUERY))[0].path == str(root / "shapes/square.py")
    assert sorted(stores(engine)) == sorted([old, folder_of(client, root).store.path])
    lock.release()
    await engine.close()
    client = await engine.client()
    await client.open(root)
    assert stores(engine) == [folder_of(client, root).store.path]
