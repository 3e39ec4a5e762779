"""The server as an editor runs it, the processes that belong to it, and what is asked of it again
and again.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import statistics
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import psutil
from index_content import Content, content
from stdio_client import StdioClient

from codetriever_lsp.engine.client.client import EngineClient
from codetriever_lsp.engine.ipc.messages import Shutdown
from codetriever_lsp.settings import EngineSettings

__all__ = [
    "LEAVES_S",
    "QUERIES",
    "Searches",
    "Server",
    "Violation",
    "asked",
    "copied",
    "percentile",
    "settled_content",
    "show",
]

QUERIES = (
    "open a file and read its lines",
    "parse the arguments",
    "error while reading",
    "test of the whole",
    "class that keeps",
)
SEARCHES_PER_S = 10
LEAVES_S = 60.0
"""What processes get to leave in before they count as left behind."""


class Violation(Exception):
    """Something that must hold does not."""


class Server(StdioClient):
    """An editor with one folder; its engine leaves soon after it, and all processes have to."""

    def __init__(self, root: Path, cache: Path) -> None:
        super().__init__(root, cache, {"lingerS": 1})
        self.cache = cache
        self._version = 0

    def __exit__(self, *error: object) -> None:
        mine = self.others()
        super().__exit__(*error)
        _, alive = psutil.wait_procs(mine, timeout=LEAVES_S)
        for process in alive:
            process.kill()
        if alive and not any(error):
            raise Violation(
                f"processes stay after their editor: {[process.pid for process in alive]}"
            )

    def folder(self) -> dict[str, Any]:
        """The status of the one folder."""
        (folder,) = self.request("codetriever/status", {})["folders"]
        return dict(folder)

    def saved(self, rel: str) -> None:
        """Tell of a save."""
        self.notify("textDocument/didSave", {"textDocument": {"uri": (self.root / rel).as_uri()}})

    def visited(self, rel: str) -> None:
        """Tell of a file that was opened, saved and closed, or is gone."""
        uri, path = (self.root / rel).as_uri(), self.root / rel
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            self._version += 1
            document = {
                "uri": uri,
                "languageId": "plaintext",
                "version": self._version,
                "text": text,
            }
            self.notify("textDocument/didOpen", {"textDocument": document})
            self.saved(rel)
            self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        else:
            self.notify("workspace/didDeleteFiles", {"files": [{"uri": uri}]})

    def front(self) -> psutil.Process:
        return psutil.Process(self._process.pid)

    def others(self) -> list[psutil.Process]:
        """The engine, if this editor started it, and its workers."""
        return list(self.front().children(recursive=True))

    def all(self) -> list[psutil.Process]:
        return [self.front(), *self.others()]

    def engine(self) -> psutil.Process:
        """The engine, as soon as there is one, whether it answers already or not."""
        deadline = time.monotonic() + LEAVES_S
        while time.monotonic() < deadline:
            for process in self.front().children():
                with_arguments = _cmdline(process)
                if "codetriever_lsp.engine" in with_arguments:
                    return process
            time.sleep(0.005)
        raise Violation(f"no engine was started within {LEAVES_S:.0f} s")

    def roles(self) -> dict[str, list[psutil.Process]]:
        engine = self.engine()
        return {
            "front end": [self.front()],
            "engine": [engine],
            "workers": engine.children(recursive=True),
        }


class Searches:
    """Ten searches a second from an editor of its own; `times` in milliseconds."""

    def __init__(self, server: Server) -> None:
        self.times: list[float] = []
        self._server = Server(server.root, server.cache)
        self._over, self._ready = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._search)
        self._error: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _search(self) -> None:
        try:
            with self._server as server:
                server.request("codetriever/search", {"query": QUERIES[0]})
                self._ready.set()
                for query in itertools.cycle(QUERIES):
                    started = time.perf_counter()
                    server.request("codetriever/search", {"query": query})
                    took = time.perf_counter() - started
                    self.times.append(took * 1e3)
                    if self._over.wait(max(0.0, 1 / SEARCHES_PER_S - took)):
                        return
        except Exception as error:  # noqa: BLE001 - for the thread that waits
            self._error = error
        finally:
            self._ready.set()


def asked(server: Server) -> list[list[tuple[str, int, float]]]:
    """Answers to `QUERIES` in a form that can be compared."""
    found = []
    for query in QUERIES:
        hits = server.request("codetriever/search", {"query": query})["hits"]
        places = [
            (hit["uri"], hit["range"]["start"]["line"], round(hit["score"], 3)) for hit in hits
        ]
        found.append(sorted(places, key=lambda place: (-place[2], place)))
    return found


def settled_content(server: Server) -> Content:
    """What the index holds. The engine leaves for it, and is back with the next request."""
    engine = server.engine()
    asyncio.run(_shut_down(server.cache))
    if psutil.wait_procs([engine], timeout=LEAVES_S)[1]:
        raise Violation(f"the engine stays although it was told to leave: {engine.pid}")
    return content(server.cache, server.root)


async def _shut_down(cache: Path) -> None:
    client = EngineClient(EngineSettings(cache_dir=str(cache)), name="endurance")
    await client.call(Shutdown())
    await client.close()


def copied(folder: Path, place: Path) -> Path:
    root = place / folder.resolve().name
    shutil.copytree(folder, root, symlinks=True, ignore_dangling_symlinks=True)
    return root


def percentile(values: Iterable[float], percent: int) -> float:
    ordered = sorted(values)
    return (
        statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1]
        if len(ordered) > 1
        else sum(ordered)
    )


def show(what: str, value: float, unit: str) -> None:
    print(
        f"{what:56} {value:12,.3f} {unit}"
        if isinstance(value, float)
        else f"{what:56} {value:12,} {unit}",
        flush=True,
    )


def _cmdline(process: psutil.Process) -> Sequence[str]:
    try:
        return () if process.status() == psutil.STATUS_ZOMBIE else process.cmdline()
    except psutil.Error:
        return ()
