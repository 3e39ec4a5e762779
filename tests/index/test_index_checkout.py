"""`git checkout` under a running index: many files at once, most of their contents seen before on
the way back."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from conftest import Bench
from index_samples import functions, write

from codetriever_lsp.model import Hit
from codetriever_lsp.search.names.layers import FolderNames
from codetriever_lsp.search.searcher import Options, search
from codetriever_lsp.search.source import Source

FILES, CHANGED, GONE, NEW = 300, 200, 40, 60
EVENTS = 37
"""Paths in one hint: a watcher tells of a checkout in pieces of any size."""

Told = list[tuple[int, int, bool]]


def git(root: Path, *arguments: str) -> str:
    """Without whatever git is configured to do on this machine."""
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = (
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@example.org",
        "-c",
        "init.defaultBranch=one",
    )
    done = subprocess.run(
        ["git", "-C", str(root), *who, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environ,
    )
    return done.stdout


def source(number: int, branch: str) -> str:
    """Two chunks, one of which is the same in both branches."""
    common, own = functions(2, number).split("\n\n", 1)
    return f"{common}\n\n{own.replace('long enough', f'long enough {branch}')}"


def repository(root: Path) -> None:
    """Two branches that differ in `CHANGED` files, and in which files there are; `one` is checked
    out."""
    git(root, "init", "-q")
    write(root, {f"src/m{number}.py": source(number, "one") for number in range(FILES)})
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    git(root, "checkout", "-q", "-b", "two")
    write(root, {f"src/m{number}.py": source(number, "two") for number in range(CHANGED)})
    write(root, {f"new/n{number}.py": source(FILES + number, "two") for number in range(NEW)})
    for number in range(FILES - GONE, FILES):
        (root / f"src/m{number}.py").unlink()
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "two")
    git(root, "checkout", "-q", "one")


class Switch:
    """Checks a branch out, hints as the watcher does, and searches until the index has followed."""

    def __init__(self, bench: Bench) -> None:
        self.progress: Told = []
        self.walks = 0
        self.answers: list[Sequence[Hit]] = []
        self._bench = bench
        bench.indexer._progress = lambda *step: self.progress.append(step)

    async def to(self, branch: str) -> None:
        bench, indexer = self._bench, self._bench.indexer
        changed = git(bench.root, "diff", "--name-only", "--no-renames", "HEAD", branch).split()
        for told in (self.progress, self.answers, bench.pool.paths, bench.pool.sample.texts):
            told.clear()
        walks = indexer._walks
        now = 1000.0
        indexer._clock = lambda: (
            now
        )  # it stands still: all that is told of a checkout waits together
        git(bench.root, "checkout", "-q", branch)
        for start in range(0, len(changed), EVENTS):
            indexer.mark(changed[start : start + EVENTS])
            await asyncio.sleep(0)
        assert bench.pool.paths == [], "nothing is read while more is on its way"
        over = asyncio.Event()
        searching = asyncio.create_task(self._search(over.is_set))
        await indexer.sync(reconcile=True)
        over.set()
        await searching
        self.walks = indexer._walks - walks

    async def _search(self, over: Callable[[], bool]) -> None:
        bench = self._bench

        async def embed(text: str):
            return bench.pool.sample._vector(text)

        while not over():
            sources = [Source(bench.root, bench.store, FolderNames())]
            self.answers.append(
                await search(sources, embed, "print a long enough function", Options())
            )
            await asyncio.sleep(0)


async def test_fault_29_a_checkout_is_one_run_of_work_and_nothing_known_is_embedded_again(
    bench: Bench,
) -> None:
    repository(bench.root)
    await bench.indexer.sync(reconcile=True)
    before = await bench.store.dump()
    known = set(bench.pool.sample.texts)
    embedded = bench.indexer.embedded
    switch = Switch(bench)

    await switch.to("two")
    assert switch.walks == 1
    assert [step for step in switch.progress if step[2]] == switch.progress[-1:], (
        "one report, with one end"
    )
    texts = bench.pool.sample.texts
    assert len(texts) == len(set(texts))
    assert not known & set(texts)
    assert sum("enough two" in text for text in texts) == CHANGED + NEW
    assert bench.indexer.embedded - embedded < 2 * (CHANGED + NEW) + NEW, (
        "the chunks that both branches have are known"
    )
    assert len(await bench.store.files()) == FILES - GONE + NEW
    assert len(switch.answers) > 1
    assert all(switch.answers), "a search always finds something"
    await bench.equals_scratch()

    await switch.to("one")
    assert bench.pool.sample.texts == []
    assert switch.walks == 1
    assert [step for step in switch.progress if step[2]] == switch.progress[-1:]
    assert all(switch.answers)
    assert await bench.store.dump() == before


async def test_fault_29_a_checkout_right_after_another_ends_in_the_last_one(bench: Bench) -> None:
    """As in a rebase: the next one comes while the first is being read."""
    repository(bench.root)
    await bench.indexer.sync(reconcile=True)
    changed = git(bench.root, "diff", "--name-only", "--no-renames", "one", "two").split()
    branches = iter(["one", "two", "one", "two"])

    def checkout(_files: object) -> None:
        if (branch := next(branches, None)) is not None:
            git(bench.root, "checkout", "-q", branch)
            bench.indexer.mark(changed)

    git(bench.root, "checkout", "-q", "two")
    bench.pool.before = checkout
    bench.indexer.mark(changed)
    await bench.indexer.sync()
    while bench.indexer.pending:
        await bench.indexer.sync()
    assert next(branches, None) is None
    assert len(await bench.store.files()) == FILES - GONE + NEW
    await bench.equals_scratch()
