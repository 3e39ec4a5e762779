"""`endurance.py switch`, `saves`, `idle` and `growth`: what the server takes and gives over
time.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
import subprocess
import time
from collections import deque
from pathlib import Path
from string import ascii_lowercase

import psutil
from endurance_server import (
    Searches,
    Server,
    Violation,
    asked,
    copied,
    percentile,
    settled_content,
    show,
)
from index_content import Content, files_to_index

from codetriever_lsp.engine.workspace_folder import TIDY_S
from codetriever_lsp.store.cache_layout import embeddings_path, tree_bytes
from codetriever_lsp.text.decode import decode

__all__ = ["growth", "idle", "saves", "switch"]

FOUND_S = 60.0
"""After this long a save counts as lost."""
LOOK_S, AT_ONCE = 0.1, 3
"""Between two searches for what was saved, and words in one: few, for a word that is unknown yet
costs more than others."""


def switch(args: argparse.Namespace, place: Path) -> None:
    """Check out another tag of a repository while the server runs and is searched, then the first
    one again.
    """
    root, (one, two) = place / "repository", args.tags
    git("clone", "-q", "--no-checkout", str(args.folder.resolve()), str(root))
    git("-C", str(root), "checkout", "-q", one)
    changed = git("-C", str(root), "diff", "--name-only", "--no-renames", one, two).splitlines()
    with Server(root, place / "cache") as server:
        server.request("codetriever/sync", {})
        first = server.folder()
        show(f"files at {one}", first["files"], "")
        show(f"chunks at {one}", first["chunks"], "")
        show("files changed", len(changed), "")
        checked_out(server, two, f"to {two}")
        show(f"chunks at {two}", server.folder()["chunks"], "")
        wanted = fresh_build(root, place, two)
        back = checked_out(server, one, f"back to {one}")
        if server.folder()["chunks"] != first["chunks"]:
            raise Violation(
                f"there are {server.folder()['chunks']} chunks now, and {first['chunks']} before"
            )
        checked_out(server, two, f"to {two} again")
        if difference := settled_content(server).difference(wanted):
            raise Violation(f"the index is not the one from scratch: {difference}")
    if back:
        raise Violation(f"{back} chunks were embedded again on the way back")


def checked_out(server: Server, tag: str, label: str) -> int:
    """Check `tag` out while searches go on; the chunks embedded for it."""
    before = server.folder()["embedded"]
    with Searches(server) as searches:
        started = time.perf_counter()
        git("-C", str(server.root), "checkout", "-q", tag)
        out = time.perf_counter()
        server.request("codetriever/sync", {})
        done = time.perf_counter()
    embedded = int(server.folder()["embedded"] - before)
    show(f"{label}: git checkout", out - started, "s")
    show(f"{label}: from its end to sync", done - out, "s")
    show(f"{label}: chunks embedded", embedded, "")
    show(f"{label}: searches meanwhile", len(searches.times), "")
    show(f"{label}: search p50", percentile(searches.times, 50), "ms")
    show(f"{label}: search worst", max(searches.times), "ms")
    return embedded


def fresh_build(root: Path, place: Path, tag: str) -> Content:
    started = time.perf_counter()
    with Server(root, place / "fresh") as server:
        server.request("codetriever/sync", {})
        show(f"fresh index at {tag}", time.perf_counter() - started, "s")
        show(f"fresh index at {tag}: chunks embedded", server.folder()["embedded"], "")
        return settled_content(server)


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def saves(args: argparse.Namespace, place: Path) -> None:
    """Save files at a steady rate beside searches, and time each until a search finds what is new
    in it.
    """
    root = copied(args.folder, place)
    with Server(root, place / "cache") as server:
        started = time.perf_counter()
        server.request("codetriever/sync", {})
        show("first index", time.perf_counter() - started, "s")
        show("files", server.folder()["files"], "")
        show("chunks", server.folder()["chunks"], "")
        run = Saves(server, random.Random(args.seed), args.count, args.rate)
        with Searches(server) as searches:
            run.all()
        show("saves", len(run.times), "")
        show("saves a second", len(run.times) / run.seconds, "")
        show("save to searchable p50", percentile(run.times, 50), "ms")
        show("save to searchable p95", percentile(run.times, 95), "ms")
        show("save to searchable, worst", max(run.times), "ms")
        show("searches meanwhile", len(searches.times), "")
        show("search p50", percentile(searches.times, 50), "ms")
        show("search p95", percentile(searches.times, 95), "ms")
        show("search, worst", max(searches.times), "ms")


class Saves:
    """Saves by the clock; between them, one search for all that was saved and is not found yet.

    Each save adds one made-up word that no file had before, and to a file that has no other save
    waiting: a hit in the file is a hit of this save.
    """

    def __init__(self, server: Server, dice: random.Random, count: int, rate: float) -> None:
        self.times: list[float] = []
        self.seconds = 0.0
        self._server, self._rate = server, rate
        names = files_to_index(server.root)
        dice.shuffle(names)
        self._left = deque(
            (rel, "".join(dice.choices(ascii_lowercase, k=14))) for rel in (names * count)[:count]
        )
        self._open: dict[str, tuple[str, float]] = {}

    def all(self) -> None:
        started = time.perf_counter()
        for number in itertools.count():
            while self._left and (
                self._left[0][0] in self._open
                or time.perf_counter() < started + number / self._rate
            ):
                self._find()
            if not self._left:
                break
            self._save(*self._left.popleft())
        while self._open:
            self._find()
        self.seconds = time.perf_counter() - started

    def _save(self, rel: str, word: str) -> None:
        file = self._server.root / rel
        encoding = decode(file.read_bytes()).encoding
        with file.open("ab") as stream:
            stream.write(f"\n\n# {word}\n".encode(encoding))
        self._open[rel] = word, time.perf_counter()
        self._server.saved(rel)

    def _find(self) -> None:
        time.sleep(LOOK_S)
        if not self._open:
            return
        words = " ".join(word for word, _ in list(self._open.values())[:AT_ONCE])
        hits = self._server.request(
            "codetriever/search", {"query": words, "limit": 100, "mode": "lexical"}
        )["hits"]
        now = time.perf_counter()
        found = {hit["uri"] for hit in hits}
        for rel in [rel for rel in self._open if (self._server.root / rel).as_uri() in found]:
            self.times.append((now - self._open.pop(rel)[1]) * 1e3)
        late = [
            f"{word} in {rel}" for rel, (word, since) in self._open.items() if now - since > FOUND_S
        ]
        if late:
            raise Violation(f"{late[0]} is not found {FOUND_S:.0f} s after its save")


def idle(args: argparse.Namespace, place: Path) -> None:
    """CPU seconds of front end, engine and workers while nothing happens."""
    with Server(copied(args.folder, place), place / "cache") as server:
        server.request("codetriever/sync", {})
        asked(server)
        time.sleep(5.0)  # what follows a first index is work, not idleness
        before = {process: use(process) for process in server.all()}
        time.sleep(args.seconds)
        show("seconds of nothing", args.seconds, "s")
        for role, processes in server.roles().items():
            spent = [
                tuple(map(float.__sub__, use(process), before[process]))
                for process in processes
                if process in before
            ]
            show(f"{role}: CPU", sum(cpu for cpu, _ in spent), "s")
            show(
                f"{role}: CPU, part of one core",
                100 * sum(cpu for cpu, _ in spent) / args.seconds,
                "%",
            )
            show(f"{role}: wake-ups a second", sum(wakes for _, wakes in spent) / args.seconds, "")


def use(process: psutil.Process) -> tuple[float, float]:
    """CPU seconds, and how often a thread of it had to be woken."""
    times = process.cpu_times()
    wakes = 0
    for status in Path(f"/proc/{process.pid}/task").glob("*/status"):
        found = re.search(
            r"^voluntary_ctxt_switches:\s*(\d+)", status.read_text(encoding="utf-8"), re.MULTILINE
        )
        wakes += int(found[1]) if found else 0
    return times.user + times.system, float(wakes)


def growth(args: argparse.Namespace, place: Path) -> None:
    """Memory of all processes and the cache on disk before and after many saves, each of them
    indexed.
    """
    root, dice = copied(args.folder, place), random.Random(args.seed)
    names = files_to_index(root)
    texts = {rel: (root / rel).read_bytes() for rel in names}
    with Server(root, place / "cache") as server:
        server.request("codetriever/sync", {})
        asked(server)
        print(
            "  saves       MiB:",
            *(f"{name:>10}" for name in ("front end", "engine", "workers", "index", "embeddings")),
            "    chunks",
        )
        print_sizes(server, 0)
        steps = {args.count * step // 10 for step in range(1, 11)}
        for number in range(1, args.count + 1):
            rel = dice.choice(names)
            (root / rel).write_bytes(texts[rel] + f"\n\n# zebra{number}quagga\n".encode())
            server.saved(rel)
            server.request("codetriever/sync", {})
            if number in steps:
                asked(server)
                print_sizes(server, number)
        time.sleep(
            TIDY_S + 5.0
        )  # the engine looks at what can be got back each TIDY_S, while nobody writes
        print_sizes(server, args.count, "after a pause")
        found = settled_content(server)
        print_sizes(server, args.count, "engine started again")
    with Server(root, place / "scratch") as scratch:
        scratch.request("codetriever/sync", {})
        if difference := found.difference(settled_content(scratch)):
            raise Violation(f"the index is not the one from scratch: {difference}")
        print_sizes(scratch, 0, "an index from scratch of the same files")


def print_sizes(server: Server, saves_done: int, remark: str = "") -> None:
    chunks = server.folder()["chunks"]  # starts an engine where there is none
    memory = [
        sum(process.memory_info().rss for process in processes)
        for processes in server.roles().values()
    ]
    embeddings = embeddings_path(server.cache)
    kept = sum(file.stat().st_size for file in embeddings.parent.glob(f"{embeddings.name}*"))
    sizes = [*memory, tree_bytes(server.cache / "stores"), kept]
    print(
        f"{saves_done:14}",
        *(f"{size / 2**20:10.1f}" for size in sizes),
        f"{chunks:10}   {remark}",
        flush=True,
    )
