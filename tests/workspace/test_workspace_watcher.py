"""The watcher against a real disk. Tests wait for hints; what must not come is proven by a later
change that did."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from workspace_trees import Tree

from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.notify import RECURSIVE, Notifier, open_notifier
from codetriever_lsp.workspace.walk import Entry, walk
from codetriever_lsp.workspace.watcher import MAX_PATHS, Hint, Watcher, WatchMode, _Mailbox

pytestmark = pytest.mark.timeout(60)
posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX names or links")


class Listening:
    """A watcher that runs, with all that it has said."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.stream = aiter(watcher.events())
        self.paths: set[str] = set()
        self.rescans = 0

    async def until(self, done: Callable[[], bool]) -> None:
        while not done():
            hint = await anext(self.stream)
            self.paths |= hint.paths
            self.rescans += hint.rescan

    async def standing(self) -> Listening:
        await self.until(lambda: self.rescans > 0)
        self.rescans = 0
        return self

    async def sees(self, *rels: str) -> None:
        await self.until(lambda: self.paths >= set(rels))


Start = Callable[..., Listening]


@pytest.fixture
async def start(root: Path) -> AsyncIterator[Start]:
    running: list[Watcher] = []

    def begin(mode: WatchMode = "native", **options: object) -> Listening:
        rules = IgnoreRules(root, IndexSettings())
        running.append(Watcher(root, mode, rules, poll_s=0.05, backoff_s=(0.01, 0.1), **options))  # type: ignore[arg-type]
        return Listening(running[-1])

    yield begin
    for watcher in running:
        await watcher.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "codetriever-watch"]


@pytest.fixture(params=["native", "polling"])
async def listening(request: pytest.FixtureRequest, start: Start, tree: Tree) -> Listening:
    tree(None, "src/a.py", "src/deep/b.py", "node_modules/m/i.js")
    ready = await start(request.param).standing()
    assert (ready.watcher.mode, ready.watcher.problem) == (request.param, "")
    return ready


async def test_files_come_and_go(listening: Listening, tree: Tree, root: Path) -> None:
    tree(None, "new.py", "src/new.py")
    await listening.sees("new.py", "src/new.py")
    (root / "src/a.py").unlink()
    await listening.sees("src/a.py")


async def test_a_file_is_written(start: Start, tree: Tree) -> None:
    tree(None, "src/a.py")
    listening = await start().standing()
    tree({"src/a.py": "other"})
    await listening.sees("src/a.py")
    assert listening.paths == {"src/a.py"}


async def test_excluded_folders_and_files_are_silent(listening: Listening, tree: Tree) -> None:
    tree(None, "node_modules/m/j.js", "node_modules/n/k.js", "src/x.pyc", "src/.env")
    tree(None, "src/z.py")
    await listening.sees("src/z.py")
    assert not [
        path
        for path in listening.paths
        if path.startswith("node_modules") or path in ("src/x.pyc", "src/.env")
    ]


async def test_fault_24_folders_made_with_what_is_in_them(listening: Listening, tree: Tree) -> None:
    tree(None, "p/q/r/s.py", "p/t.py")
    await listening.sees("p/q/r/s.py", "p/t.py")
    tree(None, "p/q/r/later.py", "p/q/u/v.py")
    await listening.sees("p/q/r/later.py", "p/q/u/v.py")


async def test_fault_24_a_folder_moved_in(listening: Listening, root: Path) -> None:
    outside = root.parent / "outside"
    (outside / "in/deep").mkdir(parents=True)
    (outside / "in/a.py").write_text("x")
    (outside / "in/deep/b.py").write_text("x")
    (outside / "in").rename(root / "src/moved")
    await listening.sees("src/moved/a.py", "src/moved/deep/b.py")
    (root / "src/moved/deep/c.py").write_text("x")
    await listening.sees("src/moved/deep/c.py")


async def test_fault_25_a_folder_moved_out_or_deleted_is_named(
    listening: Listening, root: Path
) -> None:
    (root / "src/deep").rename(root.parent / "elsewhere")
    await listening.sees("src/deep")
    shutil.rmtree(root / "src")
    await listening.sees("src")


async def test_a_folder_renamed_is_watched_under_its_new_name(
    listening: Listening, root: Path
) -> None:
    (root / "src").rename(root / "lib")
    await listening.sees("src", "lib/a.py", "lib/deep/b.py")
    (root / "lib/deep/c.py").write_text("x")
    await listening.sees("lib/deep/c.py")


async def test_a_folder_made_again_is_watched_again(
    listening: Listening, tree: Tree, root: Path
) -> None:
    for turn in range(3):
        shutil.rmtree(root / "src")
        tree(None, f"src/turn{turn}.py")
        await listening.sees(f"src/turn{turn}.py")


async def test_fault_26_atomic_saves(start: Start, tree: Tree, root: Path) -> None:
    tree(None, "a.py")
    listening = await start().standing()
    tree({"a.py.tmp": "new"})
    (root / "a.py.tmp").replace(root / "a.py")
    await listening.sees("a.py")
    listening.paths.clear()
    (root / "a.py").rename(root / "a.py~")
    tree({"a.py": "newer"})
    await listening.sees("a.py")
    assert listening.paths == {"a.py"}


async def test_fault_27_a_file_becomes_a_folder(
    listening: Listening, tree: Tree, root: Path
) -> None:
    (root / "src/a.py").unlink()
    tree(None, "src/a.py/b.py")
    later = time.time() + 10  # polling compares times in whole seconds
    os.utime(root / "src/a.py", (later, later))
    await listening.sees("src/a.py", "src/a.py/b.py")


async def test_changed_rules_ask_for_a_rescan(listening: Listening, tree: Tree) -> None:
    tree({".gitignore": "src/\n"})
    await listening.until(lambda: listening.rescans > 0)
    tree(None, "src/deep/c.py", "marker.py")
    await listening.sees("marker.py")
    assert "src/deep/c.py" not in listening.paths
    listening.rescans = 0
    tree({".gitignore": "# nothing any more\n", ".codetrieverignore": "nothing\n"})
    await listening.until(lambda: listening.rescans > 0)
    tree(None, "src/deep/d.py")
    await listening.sees("src/deep/d.py")


async def test_rules_in_a_folder_that_was_replaced(start: Start, tree: Tree, root: Path) -> None:
    tree({"d/.gitignore": "*.gen\n"}, "d/a.gen")
    listening = await start().standing()
    (root / "d").rename(root.parent / "old")
    (root.parent / "new").mkdir()
    (root.parent / "new/.gitignore").write_text("*.py\n")
    (root.parent / "new").rename(root / "d")
    await listening.sees("d/.gitignore")
    tree(None, "d/later.gen")
    await listening.sees("d/later.gen")


@pytest.mark.skipif(RECURSIVE, reason="folders are not watched one by one here")
async def test_what_happens_while_a_watch_is_set_up(start: Start, tree: Tree) -> None:
    """The second watch replaces the first one when `new` appears; before it stands, more
    changes."""
    opened: list[int] = []

    def opener(folders: list[str], polling: bool, recursive: bool) -> Notifier:
        opened.append(len(folders))
        if len(opened) == 2:
            tree({"a.py": "changed"}, "new/late/x.py")
        return open_notifier(folders, polling, recursive)

    tree(None, "a.py")
    listening = await start(opener=opener).standing()
    tree({"new": None})
    await listening.sees("a.py", "new/late/x.py")
    assert opened == [1, 2, 3]
    tree(None, "new/late/y.py")
    await listening.sees("new/late/y.py")


async def test_fault_28_the_root_deleted_and_made_again(
    listening: Listening, tree: Tree, root: Path
) -> None:
    shutil.rmtree(root)
    await listening.until(lambda: listening.rescans > 0)
    listening.rescans = 0
    root.mkdir()
    await listening.until(lambda: listening.rescans > 0)
    assert listening.watcher.problem == ""
    tree(None, "again.py")
    await listening.sees("again.py")


async def test_a_root_that_comes_later(start: Start, tree: Tree, root: Path) -> None:
    root.rmdir()
    listening = await start().standing()
    root.mkdir()
    await listening.until(lambda: listening.rescans > 0)
    assert listening.watcher.problem == ""
    tree(None, "a.py")
    await listening.sees("a.py")


@posix
async def test_fault_17_a_name_that_is_not_utf8_is_survived(
    listening: Listening, tree: Tree, root: Path
) -> None:
    try:
        Path(os.fsdecode(os.fsencode(root) + b"/\xff.py")).write_text("x")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    await listening.until(lambda: listening.rescans > 0)
    tree(None, "after.py")
    await listening.sees("after.py")


@posix
async def test_fault_32_links_are_not_watched(start: Start, tree: Tree, root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    tree(None, "src/a.py")
    (root / "out").symlink_to(outside, target_is_directory=True)
    (root / "src/loop").symlink_to(root, target_is_directory=True)
    opened: list[list[str]] = []

    def opener(folders: list[str], polling: bool, recursive: bool) -> Notifier:
        opened.append(folders)
        return open_notifier(folders, polling, recursive)

    listening = await start(opener=opener).standing()
    (outside / "x.py").write_text("x")
    tree(None, "y.py")
    await listening.sees("y.py")
    assert not [path for path in listening.paths if path.startswith(("out/", "src/loop/"))]
    assert opened == [[f"{root}/", f"{root}/src"]] or len(opened[0]) == 1


class Limited:
    """The system's limit: native watches can be set up only while `free` lasts."""

    def __init__(self, free: int, error: Exception) -> None:
        self.free, self.error, self.polled = free, error, 0

    def __call__(self, folders: list[str], polling: bool, recursive: bool) -> Notifier:
        self.polled += polling
        if not polling:
            if self.free == 0:
                raise self.error
            self.free -= 1
        return open_notifier(folders, polling, recursive, poll_ms=50)


LIMITS = [
    OSError("OS file watch limit reached."),
    RuntimeError("Error creating recommended watcher: (os error 24)"),
]


@pytest.mark.parametrize("error", LIMITS)
async def test_fault_21_the_watch_limit_at_the_start(
    start: Start, tree: Tree, error: Exception
) -> None:
    listening = await start(opener=Limited(0, error)).standing()
    assert listening.watcher.mode == "polling"
    assert "max_user_watches" in listening.watcher.problem
    tree(None, "a/b.py")
    await listening.sees("a/b.py")


async def test_fault_22_the_watch_limit_reached_later(start: Start, tree: Tree) -> None:
    opener = Limited(1, LIMITS[0])
    listening = await start(opener=opener).standing()
    assert listening.watcher.mode == "native"
    tree(None, "new/a.py")
    if opener.free == 0 and os.name == "posix" and os.uname().sysname == "Linux":
        await listening.until(lambda: listening.rescans > 0)
        assert (listening.watcher.mode, opener.polled > 0) == ("polling", True)
    else:
        await listening.sees("new/a.py")


class Failing:
    """A notifier that breaks once when waited on."""

    def __init__(self, inner: Notifier) -> None:
        self.inner = inner

    def watch(
        self, debounce_ms: int, step_ms: int, timeout_ms: int, stop_event: threading.Event
    ) -> set[tuple[int, str]]:
        raise RuntimeError("overflow")

    def close(self) -> None:
        self.inner.close()


async def test_fault_23_any_error_ends_in_a_rescan(start: Start, tree: Tree) -> None:
    times: list[int] = []

    def opener(folders: list[str], polling: bool, recursive: bool) -> Notifier:
        times.append(1)
        inner = open_notifier(folders, polling, recursive)
        return Failing(inner) if len(times) <= 3 else inner

    listening = start(opener=opener)
    await listening.until(
        lambda: len(times) > 3 and listening.rescans > 0 and listening.watcher.problem == ""
    )
    tree(None, "a.py")
    await listening.sees("a.py")
    assert listening.watcher.mode == "native"


async def test_recursive_watching_as_on_macos_and_windows(
    start: Start, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codetriever_lsp.workspace.notify.RECURSIVE", True)
    tree(None, "node_modules/m/i.js")
    listening = await start().standing()
    tree(None, "p/q/r.py", "node_modules/m/j.js", "p/s.py")
    await listening.sees("p/q/r.py", "p/s.py")
    assert not [path for path in listening.paths if path.startswith("node_modules/")]


def snapshot(root: Path) -> dict[str, Entry]:
    rules = IgnoreRules(root, IndexSettings())
    return {
        entry.path: entry
        for entry in walk(root, rules, IndexSettings())
        if isinstance(entry, Entry)
    }


def disturb(root: Path, chance: random.Random) -> None:
    """One change as editors, git and people make them."""
    rels = [f"{first}/{second}" for first in "abc" for second in "de"]
    here, there = root / chance.choice(rels), root / chance.choice([*"abc", *rels])
    match chance.randrange(6):
        case 0 | 1:
            if not here.is_file():
                here.mkdir(parents=True, exist_ok=True)
                (here / chance.choice(["x.py", "y.py"])).write_text(str(chance.random()))
        case 2:
            shutil.rmtree(there, ignore_errors=True)
        case 3:
            if here.is_dir() and not there.exists() and there.parent.is_dir():
                here.rename(there)
        case 4:
            here.mkdir(parents=True, exist_ok=True)
            (here / "z.tmp").write_text(str(chance.random()))
            (here / "z.tmp").replace(here / "z.py")
        case 5:
            deep = here / "f/g/h"
            deep.mkdir(parents=True, exist_ok=True)
            (deep / "w.py").write_text(str(chance.random()))


@pytest.mark.parametrize("seed", range(8))
async def test_every_change_is_hinted(start: Start, tree: Tree, root: Path, seed: int) -> None:
    """Whatever differs after random changes was named, or lies below something named, or a rescan
    was asked for."""
    chance = random.Random(seed)
    tree(None, "a/d/x.py", "b/e/y.py")
    listening = await start().standing()
    before = snapshot(root)
    for turn in range(6):
        for _ in range(chance.randrange(1, 25)):
            disturb(root, chance)
        tree(None, f"end{turn}.py")
        await listening.until(
            lambda name=f"end{turn}.py": name in listening.paths or listening.rescans > 0
        )
    after = snapshot(root)
    changed = {rel for rel in {*before, *after} if before.get(rel) != after.get(rel)}

    def unseen() -> set[str]:
        return {
            rel
            for rel in changed
            if not any(rel == path or rel.startswith(path + "/") for path in listening.paths)
        }

    await listening.until(lambda: listening.rescans > 0 or not unseen())


async def test_off_asks_for_one_rescan_and_ends_at_stop(start: Start) -> None:
    listening = await start("off").standing()
    assert listening.watcher.mode == "off"
    await listening.watcher.stop()
    with pytest.raises(StopAsyncIteration):
        await anext(listening.stream)


async def test_stop_ends_the_events_and_the_thread(listening: Listening) -> None:
    thread = listening.watcher._thread
    assert thread is not None
    assert thread.is_alive()
    await listening.watcher.stop()
    assert not thread.is_alive()
    with pytest.raises(StopAsyncIteration):
        await anext(listening.stream)
    await listening.watcher.stop()


async def test_stop_before_anything_was_asked(root: Path) -> None:
    watcher = Watcher(root, "native", IgnoreRules(root, IndexSettings()))
    await watcher.stop()
    assert [hint async for hint in watcher.events()] == []


async def test_hints_that_wait_are_united_and_bounded() -> None:
    box = _Mailbox()
    box.put(Hint(frozenset({"a"})))
    box.put(Hint(frozenset({"b"})))
    assert await box.take() == Hint(frozenset({"a", "b"}))
    box.put(Hint(frozenset(map(str, range(MAX_PATHS + 1)))))
    box.put(Hint(frozenset({"c"})))
    assert await box.take() == Hint(rescan=True)
