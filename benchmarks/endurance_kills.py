"""`endurance.py kills`: the engine dies again and again; the index stays true, and everybody gets
an answer.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import threading
import time
from pathlib import Path

import psutil
from endurance_server import (
    LEAVES_S,
    QUERIES,
    Server,
    Violation,
    asked,
    copied,
    settled_content,
    show,
)
from index_content import stale_files
from random_edits import Edits
from stdio_client import ServerError

from codetriever_lsp.engine.ipc.endpoint import Place

__all__ = ["kills"]


def kills(args: argparse.Namespace, place: Path) -> None:
    """Kill the engine at random moments while files change; the index must stay equal to one built
    from scratch.
    """
    root = copied(args.folder, place)
    with Server(root, place / "cache") as server:
        test = Kills(server, random.Random(args.seed), place)
        server.request("codetriever/sync", {})
        for number in range(1, args.times + 1):
            test.round()
            if number % args.compare_every == 0 or number == args.times:
                test.compare(number)
        show("kills", len(test.back_s), "")
        show("engines killed once more while they started", test.restarts, "")
        show("requests that failed, both of their engines killed", test.failed, "")
        show("until the next answer, median", statistics.median(test.back_s), "s")
        show("until the next answer, worst", max(test.back_s), "s")
        show("edits", test.edited, "")
        show("comparisons with an index from scratch", test.compared, "")
        show("indexes built anew after damage", log_lines(place / "cache", "is built anew"), "")
    test.nobody_stays()


class Kills:
    """Edits, a kill in the middle of them, and what must hold afterwards."""

    def __init__(self, server: Server, dice: random.Random, place: Path) -> None:
        self.back_s: list[float] = []
        self.edited = self.restarts = self.failed = self.compared = 0
        self._server, self._dice, self._place = server, dice, place
        self._edits = Edits(server.root, dice)
        self._told: list[float] = []  # when the server was told something, in this round
        self._seen: set[psutil.Process] = set()

    def round(self) -> None:
        """One kill. Some requests are on their way when it comes: they have to be answered, too.

        The engine is back when the first request is answered. The clock runs from the first message
        after the kill, for that is what an engine is started for, or from the kill where a request
        was on its way.
        """
        self._seen |= set(self._server.others())
        self._told.clear()
        waits: list[tuple[float, float]] = []
        killer = Killer(
            self._server,
            self._dice.choice([0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0]) * self._dice.random(),
        )
        while not killer.over.is_set():
            self._change()
            if self._dice.random() < 0.3:
                waits.append(self._search(self._dice.choice(QUERIES)))
            killer.over.wait(self._dice.choice([0, 0, 0.02, 0.1]))
        if self._dice.random() < 0.15:
            killer = self._kill_the_next_one(waits)
        waits.append(self._search(QUERIES[0]))
        asked, answered = next(wait for wait in waits if wait[1] > killer.at)
        told = min((at for at in self._told if at > killer.at), default=asked)
        self.back_s.append(answered - max(min(asked, told), killer.at))
        self._server.request("codetriever/sync", {})
        if stale := stale_files(self._server.cache, self._server.root):
            raise Violation(
                f"after kill {len(self.back_s)} the rows of {stale[:5]} are not those of the files"
            )

    def compare(self, number: int) -> None:
        """All that the index holds, and answers of an engine that has just opened it, against an
        index built from nothing.
        """
        self.compared += 1
        self._server.engine().kill()
        self._server.request("codetriever/sync", {})
        found = settled_content(self._server)
        answers = asked(self._server)
        with Server(self._server.root, self._place / f"scratch-{number}") as scratch:
            scratch.request("codetriever/sync", {})
            wanted = settled_content(scratch)
            other = asked(scratch)
        if difference := found.difference(wanted):
            raise Violation(
                f"after kill {number} the index is not the one from scratch: {difference}"
            )
        for query, one, two in zip(QUERIES, answers, other, strict=True):
            if one != two:
                raise Violation(
                    f"after kill {number} {query!r} finds {set(one) - set(two)}, from scratch {set(two) - set(one)}"
                )
        shutil.rmtree(self._place / f"scratch-{number}")

    def nobody_stays(self) -> None:
        """The workers of killed engines have left."""
        deadline = time.monotonic() + LEAVES_S
        while alive := [process for process in self._seen if lives(process)]:
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)  # psutil's own waiting raises where a process ends while it begins
        if alive:
            raise Violation(f"processes stay: {[process.pid for process in alive]}")

    def _search(self, query: str) -> tuple[float, float]:
        """When it was asked, and answered."""
        asked = time.perf_counter()
        self._server.request("codetriever/search", {"query": query})
        return asked, time.perf_counter()

    def _change(self) -> None:
        paths = self._edits.one()
        self.edited += 1
        if self._dice.random() < 0.5:
            self._told.append(time.perf_counter())
            for rel in paths:
                self._server.visited(rel)

    def _kill_the_next_one(self, waits: list[tuple[float, float]]) -> Killer:
        """While it starts, or soon after: the request that makes it start may fail then, for its
        engine is gone twice.
        """
        killer = Killer(self._server, 3.0 * self._dice.random())
        try:
            waits.append(self._search(QUERIES[1]))
        except ServerError:
            self.failed += 1
        killer.over.wait()
        self.restarts += 1
        return killer


class Killer:
    """Ends the engine `after` seconds from now, or as soon as there is one. `at` is when it did
    that.
    """

    def __init__(self, server: Server, after: float) -> None:
        self.at = 0.0
        self.over = threading.Event()
        self._server = server
        threading.Timer(after, self._kill).start()

    def _kill(self) -> None:
        try:
            self._server.engine().kill()
        finally:  # where there is none, the next request tells
            self.at = time.perf_counter()
            self.over.set()


def lives(process: psutil.Process) -> bool:
    """Whether it runs; one that ended and that nobody asked for its exit code does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def log_lines(cache: Path, words: str) -> int:
    return Place(cache).log.read_text(encoding="utf-8", errors="replace").count(words)
