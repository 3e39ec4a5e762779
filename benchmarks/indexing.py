#!/usr/bin/env python3
"""Speed of indexing and searching a folder: files, chunks and megabytes a second, by stage and over
all; memory; latencies.

usage: python benchmarks/indexing.py FOLDER [--threads N] [--model none] [--json OUT.json]
[--baseline EARLIER.json]

Works on a copy of the folder, in a cache of its own, with the engine process that editors use.
Stages are the seconds that the workers spent, added up over the workers, so with two of them they
may exceed the time that passed. Searches ask for the words of names that the folder defines and for
lines of its comments, in turns. A save appends a remark to a file, and is over when a search finds
it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Self

import psutil

from codetriever_lsp.engine.client.client import EngineClient
from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.model import FolderStatus
from codetriever_lsp.settings import EngineSettings, IndexSettings
from codetriever_lsp.text.terms import split
from codetriever_lsp.workspace.entries import Entry
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.walk import walk

SEARCHES, SAVES = 100, 30
COMMENT = re.compile(
    r"^[ \t]*(?:#|//+|/\*+|\*|--|;+|\"\"\")[ \t]*([A-Z]\w*(?: [\w'-]+){4,15})", re.MULTILINE
)


def main() -> None:
    args = arguments()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place).resolve() / "folder"
        shutil.copytree(args.folder, root, symlinks=True)
        settings = EngineSettings(
            cache_dir=f"{place}/cache", threads=args.threads, model=args.model, linger_s=1
        )
        result = asyncio.run(measure(root, settings))
    baseline = json.loads(args.baseline.read_text(encoding="utf-8")) if args.baseline else {}
    for name, value in result.items():
        ratio = f"   {value / baseline[name]:6.2f} x baseline" if baseline.get(name) else ""
        print(f"{name:44} {value:12,.2f}{ratio}")
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=0, help="workers; 0 as by default")
    parser.add_argument("--model", default=EngineSettings().model)
    parser.add_argument("--json", type=Path, help="keep the figures")
    parser.add_argument("--baseline", type=Path, help="figures of an earlier run to compare with")
    return parser.parse_args()


async def measure(root: Path, settings: EngineSettings) -> dict[str, float]:
    """All figures by name; times in seconds or, where the name says so, milliseconds."""
    client = EngineClient(settings, name="benchmark")
    started = time.perf_counter()
    welcome = await client.connect()
    with Memory(welcome.pid) as memory:
        await client.call(m.OpenFolders((str(root),)))
        await client.call(m.Sync())
        indexed = time.perf_counter() - started
        await client.call(m.Search("what does it do"))
        first = time.perf_counter() - started
    status: FolderStatus = (await client.call(m.Status())).folders[0]
    figures = rates(root, status, indexed) | {"cold start to first answer, s": first}
    figures |= {
        "peak memory of the engine, MiB": memory.engine,
        "peak memory of engine and workers, MiB": memory.all,
    }
    figures |= await searches(client, comments(root))
    figures |= await saves(client)
    await client.call(m.Shutdown())
    await client.close()
    figures["warm start to first answer, s"] = await warm(root, settings)
    return figures


def rates(root: Path, status: FolderStatus, seconds: float) -> dict[str, float]:
    rules = IgnoreRules(root, IndexSettings())
    entries = walk(root, rules, IndexSettings())
    megabytes = sum(entry.size for entry in entries if isinstance(entry, Entry)) / 1e6
    figures: dict[str, float] = {
        "files": status.files,
        "chunks": status.chunks,
        "megabytes": megabytes,
    }
    for stage, spent in status.timings.items():
        if spent > 0:
            figures[f"{stage}: files/s"] = status.files / spent
            figures[f"{stage}: chunks/s"] = status.chunks / spent
            figures[f"{stage}: megabytes/s"] = megabytes / spent
    figures["over all, start-up included: files/s"] = status.files / seconds
    figures["over all, start-up included: chunks/s"] = status.chunks / seconds
    figures["over all, start-up included: megabytes/s"] = megabytes / seconds
    figures["store on disk, MiB"] = status.store_bytes / 2**20
    return figures


def comments(root: Path) -> list[str]:
    """Lines of comments with five words or more, one of each file."""
    entries = walk(root, IgnoreRules(root, IndexSettings()), IndexSettings())
    texts = (
        (root / entry.path).read_text(encoding="utf-8", errors="replace")
        for entry in entries
        if isinstance(entry, Entry)
    )
    return [match[1] for text in texts if (match := COMMENT.search(text))]


async def searches(client: EngineClient, remarks: list[str]) -> dict[str, float]:
    names = [hit.name for hit in await client.call(m.Symbols("", 1000))]
    phrases = [" ".join(split(name)) for name in names if len(split(name)) > 1] or names or ["main"]
    queries = [
        query
        for pair in zip(spread(phrases), spread(remarks or phrases), strict=True)
        for query in pair
    ]
    times = [await timed(client.call(m.Search(query))) for query in queries]
    symbols = [
        await timed(client.call(m.Symbols(name[:4], 100))) for name in spread(names or phrases)
    ]
    return {
        "search p50, ms": percentile(times, 50),
        "search p95, ms": percentile(times, 95),
        "symbols p50, ms": percentile(symbols, 50),
        "symbols p95, ms": percentile(symbols, 95),
    }


def spread(values: list[str]) -> list[str]:
    """Half of `SEARCHES` of these, evenly, some of them twice where there are fewer."""
    return [values[at * len(values) // (SEARCHES // 2)] for at in range(SEARCHES // 2)]


async def saves(client: EngineClient) -> dict[str, float]:
    """Each save appends a comment with words of its own to another file."""
    paths = sorted({Path(hit.path) for hit in await client.call(m.Symbols("", 1000))})
    times = []
    for number in range(SAVES):
        path, word = paths[number % len(paths)], f"zebra{number}quagga"
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"\n\n# {word}\n")
        times.append(await timed(saved(client, path, word)))
    return {
        "save to searchable p50, ms": percentile(times, 50),
        "save to searchable p95, ms": percentile(times, 95),
    }


async def saved(client: EngineClient, path: Path, word: str) -> None:
    await client.call(m.Touch((str(path),)))
    await client.call(m.Sync())
    hits = (await client.call(m.Search(word))).hits
    if path not in [Path(hit.path) for hit in hits]:
        raise SystemExit(f"the save of {path} is not found")


async def warm(root: Path, settings: EngineSettings) -> float:
    client = EngineClient(settings, name="benchmark")
    started = time.perf_counter()
    await client.call(m.OpenFolders((str(root),)))
    await client.call(m.Sync())
    await client.call(m.Search("what does it do"))
    seconds = time.perf_counter() - started
    await client.call(m.Shutdown())
    await client.close()
    return seconds


async def timed(action: Awaitable[Any]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    await action
    return (time.perf_counter() - started) * 1e3


def percentile(values: list[float], percent: int) -> float:
    return (
        statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
        if len(values) > 1
        else sum(values)
    )


class Memory:
    """Peak resident memory, in MiB, of the engine and of it and its workers, looked at every 50 ms
    while it is open.
    """

    def __init__(self, pid: int) -> None:
        self.engine = self.all = 0.0
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            try:
                engine = self._process.memory_info().rss / 2**20
                workers = (
                    sum(child.memory_info().rss for child in self._process.children(recursive=True))
                    / 2**20
                )
            except psutil.Error:
                continue
            self.engine, self.all = max(self.engine, engine), max(self.all, engine + workers)


if __name__ == "__main__":
    main()
