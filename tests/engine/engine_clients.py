"""An engine in this process, and clients of it, for the tests: real folders, stores and workers, no
socket."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codetriever_lsp.engine.backend import EngineBackend, open_backend
from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.model import Hit, SearchResult
from codetriever_lsp.settings import DEFAULT_MODEL, EngineSettings, IndexSettings
from codetriever_lsp.workspace.paths import root_of

FILES = {
    "shapes/circle.py": '''\
import math


class Circle:
    """A round shape."""

    def __init__(self, radius):
        self.radius = radius

    def area_of_circle(self):
        """How much of the plane the circle covers."""
        return math.pi * self.radius ** 2
''',
    "shapes/square.py": '''\
def area_of_square(side):
    """How much of the plane a square covers."""
    if side < 0:
        raise ValueError("a side has a length")
    return side * side
''',
    "mail/send.go": """\
package mail

// SendMessage delivers a letter to its receiver over the wire.
func SendMessage(receiver string, letter []byte) error {
	connection, err := dial(receiver)
	if err != nil {
		return err
	}
	return connection.Write(letter)
}
""",
    "README.md": "# Sample\n\nShapes and mail.\n",
}
BUFFER = '''\
def volume_of_sphere(radius):
    """How much of space a sphere fills."""
    if radius < 0:
        raise ValueError("a radius has a length")
    return 4 / 3 * 3.14159 * radius**3
'''


class Client:
    """One front end; `events` is what it was told."""

    def __init__(self, backend: EngineBackend, number: int) -> None:
        self.backend, self.number = backend, number
        self.events: list[m.Event] = []
        self.partials: list[tuple[Hit, ...]] = []

    async def ask(self, request: m.Request) -> Any:
        return await self.backend.call(self.number, request, self.partials.append)

    async def open(self, *folders: Path, settings: IndexSettings | None = None) -> None:
        """Open these folders and wait until they are indexed."""
        await self.ask(m.OpenFolders(tuple(map(str, folders)), settings or IndexSettings()))
        if folders:
            await self.ask(m.Sync())

    async def search(self, query: str, **options: Any) -> tuple[Hit, ...]:
        result: SearchResult = await self.ask(m.Search(query, **options))
        return result.hits

    async def names(self, query: str) -> list[str]:
        return [symbol.name for symbol in await self.ask(m.Symbols(query))]

    async def outline(self, path: Path) -> list[str]:
        return [symbol.name for symbol in await self.ask(m.Outline(str(path)))]

    async def edit(self, path: Path, version: int, text: str | None) -> None:
        await self.ask(m.Buffer(str(path), version, text))

    async def status(self) -> Any:
        return (await self.ask(m.Status())).folders

    async def leave(self) -> None:
        await self.backend.detach(self.number)


class Engine:
    """A backend that can be closed and opened again on the same cache directory."""

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self.backend: EngineBackend | None = None
        self._count = 0

    async def client(self) -> Client:
        if self.backend is None:
            self.backend = await open_backend(self.settings)
        self._count += 1
        client = Client(self.backend, self._count)
        await self.backend.attach(client.number, client.events.append)
        return client

    async def close(self) -> None:
        if self.backend is not None:
            for number in range(1, self._count + 1):
                await self.backend.detach(number)
            await self.backend.close()
            self.backend = None


def settings_in(
    cache: Path, *, linger_s: float = 30.0, model: str = DEFAULT_MODEL
) -> EngineSettings:
    return EngineSettings(
        cache_dir=str(cache), linger_s=linger_s, model=model, threads=1, watcher="off"
    )


def write(base: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(text, encoding="utf-8", newline="")
    return root_of(base)


def places(hits: tuple[Hit, ...]) -> list[tuple[str, int]]:
    return [(hit.path, hit.span.start.line) for hit in hits]


def copy_tree(source: Path, target: Path) -> None:
    """A copy of the files as they are now: what a killed process would leave behind. Holes stay
    holes where `cp` can."""
    if sys.platform == "linux":
        subprocess.run(["cp", "-a", "--sparse=always", str(source), str(target)], check=True)
    else:
        shutil.copytree(source, target)
