"""What the engine answers, in this process: real folders, stores and workers, several clients, no
socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from engine_clients import BUFFER, FILES, Engine, places, settings_in, write

from codetriever_lsp.engine import workspace_folder
from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.errors import BadRequest, NotReady, StoreError
from codetriever_lsp.model import Filters, SearchResult
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors import edge

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """One engine for all tests that have folders of their own: its workers and its model need a
    while to start."""
    engine = Engine(settings_in(tmp_path_factory.mktemp("cache")))
    yield engine
    await engine.close()


@pytest_asyncio.fixture(loop_scope="module")
async def own_engine(tmp_path: Path) -> AsyncIterator[Engine]:
    engine = Engine(settings_in(tmp_path / "cache"))
    yield engine
    await engine.close()


async def test_a_folder_is_indexed_and_searched(engine: Engine, root: Path) -> None:
    client = await engine.client()
    await client.open(root)
    best = (await client.search("how much of the plane a square covers", explain=True))[0]
    assert best.path == str(root / "shapes/square.py")
    assert best.symbol is not None
    assert (best.symbol.name, best.symbol.kind, best.language) == (
        "area_of_square",
        "function",
        "python",
    )
    assert best.snippet == FILES["shapes/square.py"].rstrip("\n")
    assert best.explain is not None
    assert (await client.names("Circle"))[0] == "Circle"
    assert await client.names("Circle.area") == ["area_of_circle"]
    assert await client.outline(root / "mail/send.go") == ["SendMessage"]
    assert await client.outline(root / "no such file.py") == []
    status = (await client.status())[0]
    assert (status.folder, status.state, status.files, status.pending) == (str(root), "ready", 4, 0)
    assert status.languages == {"python": 2, "go": 1, "markdown": 1}
    result: SearchResult = await client.ask(m.Search("letter", partial=True))
    assert client.partials == [result.hits]
    assert result.index.files == 4


async def test_events_tell_of_progress_and_end_in_ready(engine: Engine, root: Path) -> None:
    client, other = await engine.client(), await engine.client()
    await client.open(root)
    progress = [event for event in client.events if isinstance(event, m.Progress)]
    assert progress[-1].finished
    assert progress[-1].done == progress[-1].total >= 4
    states = [event.state.state for event in client.events if isinstance(event, m.StateChanged)]
    assert states[-1] == "ready"
    assert other.events == []  # it has no folder open


async def test_what_cannot_be_meant_is_refused(engine: Engine, root: Path) -> None:
    client = await engine.client()
    for request in (m.Search("x"), m.Sync(), m.Symbols("x"), m.Reindex()):
        with pytest.raises(NotReady, match="no folder is open"):
            await client.ask(request)
    with pytest.raises(BadRequest, match="not a folder"):
        await client.open(root / "nowhere")
    await client.open(root)
    senseless: list[tuple[m.Request, str]] = [
        (m.Search("  "), "blank"),
        (m.Search("x", limit=0), "limit"),
        (m.Search("x", mode="fuzzy"), "mode"),  # type: ignore[arg-type]
        (m.Search("x", filters=Filters(paths=("{a",))), "never closed"),
        (m.Search("x", filters=Filters(kinds=("gadget",))), "gadget"),
        (m.Search("x", filters=Filters(folders=("/elsewhere",))), "not open"),
        (m.Similar("/elsewhere/a.py", 0, 1), "in no open folder"),
        (m.Similar(str(root / "mail/send.go"), 5, 1), "no range"),
        (m.Context(str(root / "nowhere.py"), 0, 1), "not indexed"),
        (m.Reindex("/elsewhere"), "not an open folder"),
    ]
    for asked, told in senseless:
        with pytest.raises(BadRequest, match=told):
            await client.ask(asked)
    assert await client.ask(m.Outline("/elsewhere/a.py")) == ()


async def test_a_buffer_is_searched_by_its_client_alone(engine: Engine, root: Path) -> None:
    client, other = await engine.client(), await engine.client()
    for one in (client, other):
        await one.open(root)
    file = root / "shapes/square.py"
    await client.edit(file, 1, BUFFER)
    assert await client.outline(file) == [
        "volume_of_sphere"
    ]  # a question about one file waits for its buffer
    await client.ask(m.Sync())
    best = (await client.search("how much of space a sphere fills"))[0]
    assert (best.path, best.snippet) == (str(file), BUFFER.rstrip("\n"))
    assert await client.names("area_of_square") == []
    assert await client.names("volume") == ["volume_of_sphere"]
    context = await client.ask(m.Context(str(file), 4, 4))
    assert "radius**3" in context.parts[0].text
    assert await other.names("area_of_square") == ["area_of_square"]
    assert all(
        "sphere" not in hit.snippet
        for hit in await other.search("how much of space a sphere fills")
    )
    await client.edit(file, 2, None)
    await client.ask(m.Sync())
    assert await client.names("volume") == []
    assert await client.names("area_of_square") == ["area_of_square"]


async def test_stale_versions_are_ignored_and_the_latest_text_wins(
    engine: Engine, root: Path
) -> None:
    client = await engine.client()
    await client.open(root)
    file = root / "shapes/square.py"
    for version in range(1, 8):
        await client.edit(file, version, BUFFER.replace("volume", f"volume_{version}"))
    await client.edit(file, 3, BUFFER.replace("volume", "stale"))
    await client.ask(m.Sync())
    assert await client.names("of_sphere") == ["volume_7_of_sphere"]
    await client.edit(file, 8, None)
    await client.edit(file, 9, BUFFER.replace("volume", "again"))
    await client.ask(m.Sync())
    assert await client.names("of_sphere") == ["again_of_sphere"]


async def test_symbols_of_several_buffers_are_not_mixed_up(engine: Engine, root: Path) -> None:
    client = await engine.client()
    await client.open(root)
    for number, name in enumerate(("shapes/square.py", "shapes/circle.py", "brand_new.py")):
        await client.edit(
            root / name, 1, "\n" * number + BUFFER.replace("volume", f"volume_{number}")
        )
    await client.ask(m.Sync())
    found = {
        symbol.name: (symbol.path, symbol.selection.start.line)
        for symbol in await client.ask(m.Symbols("of_sphere"))
    }
    assert found == {
        "volume_0_of_sphere": (str(root / "shapes/square.py"), 0),
        "volume_1_of_sphere": (str(root / "shapes/circle.py"), 1),
        "volume_2_of_sphere": (str(root / "brand_new.py"), 2),
    }


async def test_a_buffer_of_what_is_not_indexed_is_not_searched(engine: Engine, root: Path) -> None:
    (root / ".gitignore").write_text("*.ignored.py\n", encoding="utf-8")
    client = await engine.client()
    await client.open(root, settings=IndexSettings(max_file_bytes=2_000))
    await client.edit(root / ".env", 1, BUFFER)
    await client.edit(root / "a.ignored.py", 1, BUFFER)
    await client.edit(root / "shapes/square.py", 1, BUFFER)
    await client.edit(root / "shapes/square.py", 2, BUFFER * 30)  # has grown too large
    await client.ask(m.Sync())
    assert await client.names("volume") == []


async def test_buffers_outlive_an_index_that_is_opened_anew(engine: Engine, root: Path) -> None:
    client, other = await engine.client(), await engine.client()
    for one in (client, other):
        await one.open(root)
    await client.edit(root / "shapes/square.py", 1, BUFFER)
    await other.open(root, settings=IndexSettings(exclude=("mail/**",)))
    await client.ask(m.Sync())
    assert await client.names("volume") == ["volume_of_sphere"]
    assert await client.names("SendMessage") == []
    await other.ask(m.Clear(str(root)))
    await client.ask(m.Sync())
    assert await client.names("volume") == ["volume_of_sphere"]
    await client.leave()
    await other.ask(m.Sync())
    assert await other.names("volume") == []
    assert await other.names("area_of_square") == ["area_of_square"]


async def test_everybody_is_answered_while_the_index_is_opened_anew(
    engine: Engine, root: Path
) -> None:
    client, other = await engine.client(), await engine.client()
    await client.open(root)
    await other.open(root)
    file = str(root / "shapes/square.py")
    requests: list[m.Request] = [
        m.Search("plane"),
        m.Symbols("area"),
        m.Outline(file),
        m.Status(),
        m.Sync(),
        m.Search("letter"),
    ]
    for disturb in (
        m.Clear(str(root)),
        m.OpenFolders((str(root),), IndexSettings(exclude=("mail/**",))),
    ):
        asked = [asyncio.create_task(client.ask(request)) for request in requests]
        disturbing = asyncio.create_task(other.ask(disturb))
        for _ in range(3):
            asked += [asyncio.create_task(client.ask(request)) for request in requests]
            await asyncio.wait([asked[-1]], timeout=0.01)
        await disturbing
        await asyncio.gather(*asked)
    await client.ask(m.Sync())
    assert await client.names("area_of_square") == ["area_of_square"]


async def test_a_client_that_leaves_while_a_folder_opens_does_not_keep_it_locked(
    engine: Engine, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = await engine.client()
    loop = asyncio.get_running_loop()
    opening = loop.create_task(gone.ask(m.OpenFolders((str(root),))))
    # Called in a thread once the store is open, and before anybody else knows of it.
    monkeypatch.setattr(
        workspace_folder, "remember", lambda *_: loop.call_soon_threadsafe(opening.cancel)
    )
    with pytest.raises(asyncio.CancelledError):
        await opening
    await gone.leave()
    client = await engine.client()
    await client.open(root)
    assert await client.names("area_of_square") == ["area_of_square"]


async def test_what_many_saves_leave_behind_is_got_back_between_them(
    engine: Engine, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compacted, compact = asyncio.Event(), Store.compact

    async def noticed(store: Store, *, busy: bool = False) -> bool:
        smaller = await compact(store, busy=busy)
        if smaller:
            compacted.set()
        return smaller

    monkeypatch.setattr(Store, "compact", noticed)
    monkeypatch.setattr(workspace_folder, "TIDY_S", 0.01)
    monkeypatch.setattr(edge, "_WASTE", 10)
    client = await engine.client()
    await client.open(root)
    for number in range(20):
        write(
            root,
            {"shapes/square.py": f"def area_of_square(side):\n    return side * side + {number}\n"},
        )
        await client.ask(m.Sync())
    await asyncio.wait_for(compacted.wait(), 30)
    assert (await client.search("area of square"))[0].snippet.endswith("side * side + 19")
    assert await client.names("area_of_square") == ["area_of_square"]


async def test_the_same_file_in_two_folders_is_found_at_the_lines_of_each(
    engine: Engine, tmp_path: Path
) -> None:
    """Two checkouts of one repository: equal chunks have equal ids, but they need not be on equal
    lines."""
    moved = "# one\n\n# two\n\n" + FILES["shapes/square.py"]
    roots = [
        write(tmp_path / name, {"shapes/square.py": text, "mail/send.go": FILES["mail/send.go"]})
        for name, text in (("first", FILES["shapes/square.py"]), ("second", moved))
    ]
    client = await engine.client()
    await client.open(*roots)
    hits = [hit for hit in await client.search("area of square") if hit.path.endswith("square.py")]
    found = {hit.path: (hit.symbol.selection.start.line, hit.snippet) for hit in hits if hit.symbol}
    for root, line in zip(roots, (0, 4), strict=True):
        path = str(root / "shapes/square.py")
        assert found[path][0] == line
        assert "def area_of_square" in found[path][1]
    selected = str(roots[0] / "shapes/square.py")
    twins = (await client.ask(m.Similar(selected, 0, 4))).hits
    assert twins[0].path == str(roots[1] / "shapes/square.py")
    assert twins[0].symbol is not None
    assert twins[0].symbol.selection.start.line == 4
    assert all(hit.path != selected for hit in twins)
    symbols = await client.ask(m.Symbols("area_of_square"))
    assert {(symbol.path, symbol.selection.start.line) for symbol in symbols} == {
        (str(root / "shapes/square.py"), line) for root, line in zip(roots, (0, 4), strict=True)
    }


async def test_nested_folders_give_every_place_once(engine: Engine, root: Path) -> None:
    client = await engine.client()
    await client.open(root, root / "shapes")
    for hits in (
        await client.search("how much of the plane", limit=100),
        (await client.ask(m.Similar(str(root / "shapes/square.py"), 0, 4, 100))).hits,
    ):
        assert len(places(hits)) == len(set(places(hits)))
    similar = (await client.ask(m.Similar(str(root / "shapes/square.py"), 0, 4, 100))).hits
    assert all(hit.path != str(root / "shapes/square.py") for hit in similar)
    assert await client.names("area_of_square") == ["area_of_square"]
    only = Filters(folders=(str(root / "shapes"),))
    assert {
        Path(hit.path).parent.name for hit in await client.search("mail or shapes", filters=only)
    } == {"shapes"}
    narrowed = Filters(paths=("square.py",))
    assert {Path(hit.path).name for hit in await client.search("plane", filters=narrowed)} == {
        "square.py"
    }


async def test_touched_files_are_looked_at_and_unchanged_ones_cost_nothing(
    engine: Engine, root: Path
) -> None:
    client = await engine.client()
    await client.open(root)
    before = (await client.status())[0]
    (root / "shapes/square.py").write_text(
        BUFFER.replace("radius", "half_of_the_width"), encoding="utf-8"
    )
    await client.ask(
        m.Touch((str(root / "shapes/square.py"), str(root / "mail/send.go"), "/elsewhere/a.py"))
    )
    await client.ask(m.Sync())
    after = (await client.status())[0]
    assert await client.names("volume") == ["volume_of_sphere"]
    assert after.embedded == before.embedded + 1
    await client.ask(m.Reindex(str(root), full=True))
    await client.ask(m.Sync())
    assert (await client.status())[0].embedded == after.embedded  # read and cut again, but known


async def test_fault_31_a_closed_engine_leaves_an_index_that_costs_nothing_to_open(
    own_engine: Engine, root: Path
) -> None:
    client = await own_engine.client()
    await client.open(root)
    hits = await client.search("how much of the plane", explain=True)
    generation = await client.ask(m.Sync())
    assert (await client.status())[0].embedded == (await client.status())[0].chunks
    await own_engine.close()
    client = await own_engine.client()
    await client.open(root)
    assert await client.search("how much of the plane", explain=True) == hits
    assert await client.ask(m.Sync()) == generation
    assert (await client.status())[0].embedded == 0


async def test_a_folder_that_nobody_has_open_is_closed_after_a_while(
    tmp_path: Path, root: Path
) -> None:
    engine, second = (Engine(settings_in(tmp_path / "cache", linger_s=0.0)) for _ in range(2))
    try:
        client = await engine.client()
        await client.open(root)
        await client.open()
        with pytest.raises(NotReady):
            await client.search("plane")
        # Closed and unlocked: another process could open it, and this one again.
        other = await second.client()
        async with asyncio.timeout(20):
            while True:
                try:
                    await other.open(root)
                    break
                except StoreError:
                    await asyncio.sleep(0.01)
        assert await other.names("area_of_square") == ["area_of_square"]
        await second.close()
        await client.open(root)
        assert await client.names("area_of_square") == ["area_of_square"]
    finally:
        await engine.close()
        await second.close()


async def test_a_sync_that_takes_too_long_says_so(
    engine: Engine, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await engine.client()
    await client.open(root)
    assert engine.backend is not None
    pool = engine.backend._shared.pool
    never = asyncio.Event()

    async def stuck(*_: object, **__: object) -> None:
        await never.wait()

    monkeypatch.setattr(type(pool), "prepare", stuck)
    (root / "new.py").write_text(BUFFER, encoding="utf-8")
    with pytest.raises(NotReady, match=r"not in sync after 300 ms; \d files are pending"):
        await client.ask(m.Sync(timeout_ms=300))
    result: SearchResult = await client.ask(m.Search("plane"))
    assert result.index.state == "indexing"
    assert result.index.pending >= 1
    assert result.hits  # no query waits for indexing


async def test_fault_41_without_a_model_words_and_names_answer(tmp_path: Path, root: Path) -> None:
    engine = Engine(settings_in(tmp_path / "cache", model="no-such/model"))
    try:
        client = await engine.client()
        await client.open(root)
        assert (await client.search("area of square"))[0].path == str(root / "shapes/square.py")
        assert await client.names("SendM") == ["SendMessage"]
        assert (await client.ask(m.Similar(str(root / "shapes/square.py"), 0, 4))).hits
        status = (await client.status())[0]
        assert status.state == "degraded"
        assert "no-such/model" in status.last_error
        assert (status.model["dimension"], status.embedded) == (0, 0)
    finally:
        await engine.close()
