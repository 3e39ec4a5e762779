"""A folder at the engine, opened for one command."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from codetriever_lsp.engine.client.client import EngineClient
from codetriever_lsp.engine.ipc.messages import Event, OpenFolders, Progress, Request, Sync, Warned
from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server.client_folders import Folders
from codetriever_lsp.server.convert import View
from codetriever_lsp.settings import load_engine_settings

if TYPE_CHECKING:
    from codetriever_lsp.cli.progress import Bar

__all__ = ["Workspace", "engine_client", "folder_of", "opened", "place_of", "run_async"]

T = TypeVar("T")


class Workspace:
    """`call` asks the engine about the one folder that is open; `view` gives paths back as the user
    wrote them.
    """

    def __init__(self, client: EngineClient, folder: Path, folders: Folders) -> None:
        self.call: Callable[[Request], Awaitable[Any]] = client.call
        self.folder = folder
        self.real = folders.to_engine(str(folder))
        self._to_engine = folders.to_engine
        self.view = View("utf-16", folders.to_client)

    def located(self, file: Path) -> str:
        """A file as the engine knows it; raises BadRequest for one outside of the folder."""
        path = self._to_engine(str(file))
        if not Path(path).is_relative_to(self.real):
            path = str(file.resolve())
        if not Path(path).is_relative_to(self.real):
            raise BadRequest(f"{file} is not in {self.folder}; name its folder with --path")
        return path

    def shown(self, path: str) -> str:
        """A path for people: relative to the current directory where it lies below it."""
        mine = Path(self.view.client_path(path))
        here = Path.cwd()
        return str(mine.relative_to(here)) if mine.is_relative_to(here) else str(mine)


def run_async(work: Callable[[], Awaitable[T]]) -> T:
    """Run a command's coroutine to its end."""

    async def main() -> T:
        return await work()

    return asyncio.run(main())


def folder_of(text: str) -> Path:
    """The folder that a command names, absolute; raises BadRequest where there is none."""
    folder = Path(text).expanduser().absolute()
    if not folder.is_dir():
        raise BadRequest(f"{text} is not a folder")
    return Path(folder)


def place_of(text: str) -> tuple[Path, int, int]:
    """File, first and last line (from 0) of `FILE:LINE`, `FILE:FIRST-LAST` or
    `FILE:LINE:COLUMN`.
    """
    name, _, lines = text.rpartition(":")
    if (
        name.rpartition(":")[2].isdigit() and lines.isdigit()
    ):  # the column that grep and compilers add
        name, _, lines = name.rpartition(":")
    first, dash, last = lines.partition("-")
    if (
        not name
        or not first.isdigit()
        or (dash and not last.isdigit())
        or int(first) < 1
        or int(last or first) < int(first)
    ):
        raise BadRequest(
            f"{text!r} is no place; write FILE:LINE or FILE:FIRST-LAST, lines counted from 1"
        )
    file = Path(name).expanduser().absolute()
    if not file.is_file():
        raise BadRequest(f"{name} is not a file")
    return file, int(first) - 1, int(last or first) - 1


def engine_client(on_event: Callable[[Event], None] | None = None) -> EngineClient:
    """A client with the user's settings, not connected yet."""
    return EngineClient(load_engine_settings(), name="cli", on_event=on_event)


@asynccontextmanager
async def opened(folder: Path, *, synced: bool) -> AsyncIterator[Workspace]:
    """The folder, open at the engine; with `synced`, searchable in full, a progress bar showing
    meanwhile on a terminal.
    """
    bar = _bar()
    client = engine_client(lambda event: _heard(event, bar))
    folders = Folders()
    folders.add([str(folder)])
    try:
        await folders.resolve()
        await client.call(OpenFolders(folders.real()))
        if synced:
            await client.call(Sync())
        if bar is not None:
            bar.close()
        yield Workspace(client, folder, folders)
    finally:
        if bar is not None:
            bar.close()
        await client.close()


def _bar() -> Bar | None:
    if not sys.stderr.isatty():
        return None
    from codetriever_lsp.cli.progress import Bar

    return Bar()


def _heard(event: Event, bar: Bar | None) -> None:
    if isinstance(event, Warned):
        sys.stderr.write(f"codetriever-lsp: {event.message}\n")
    elif isinstance(event, Progress) and bar is not None:
        bar.show(event)
