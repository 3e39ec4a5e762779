"""`doctor`: check the installation; each line says what is, and what to do if it is not well."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from importlib import metadata, util
from pathlib import Path
from typing import Literal

import msgspec

from codetriever_lsp import __version__
from codetriever_lsp.cli import ERROR, FOUND
from codetriever_lsp.cli.workspace import engine_client, run_async
from codetriever_lsp.engine.ipc.messages import (
    Clear,
    OpenFolders,
    Repair,
    Search,
    Status,
    StatusResult,
)
from codetriever_lsp.errors import BadRequest, CodetrieverError
from codetriever_lsp.platform.private_dir import probe
from codetriever_lsp.settings import EngineSettings, config_file, load_engine_settings

__all__ = ["Check", "run"]

PACKAGES = {
    "fastembed": "fastembed",
    "qdrant-edge-py": "qdrant_edge",
    "tree-sitter": "tree_sitter",
    "tree-sitter-language-pack": "tree_sitter_language_pack",
    "watchfiles": "watchfiles",
    "pygls": "pygls",
    "aiosqlite": "aiosqlite",
}
WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")
FEW_WATCHES = 65_536
FREE_BYTES = 500 * 2**20


class Check(msgspec.Struct, frozen=True):
    """`advice` is what to do, "" where nothing is."""

    name: str
    state: Literal["ok", "warn", "fail"]
    message: str
    advice: str = ""


def run(options: argparse.Namespace) -> int:
    if options.path is not None and not options.repair:
        raise BadRequest(
            "doctor looks at the installation; for the index of a folder: doctor --repair PATH, or status PATH"
        )
    folder = str(Path(options.path or ".").expanduser().resolve()) if options.repair else ""
    return run_async(lambda: _doctor(folder, json=options.json))


async def _doctor(repaired: str, *, json: bool) -> int:
    checks = []
    async for check in _checks(repaired):
        checks.append(check)
        if not json:
            _show(check)
    if json:
        from codetriever_lsp.cli.show import print_json

        print_json(checks)
    return ERROR if any(check.state == "fail" for check in checks) else FOUND


async def _checks(repaired: str) -> AsyncIterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check("python", "ok", f"{version} at {sys.executable}")
    yield _packages()
    try:
        settings = load_engine_settings()
    except CodetrieverError as error:
        yield Check(
            "settings", "fail", str(error), "Correct the value, or remove it to use the default."
        )
        return
    file = config_file()
    yield Check(
        "settings",
        "ok",
        f"{file} {'is read' if file.is_file() else 'does not exist, defaults are used'}",
    )
    yield _cache(settings)
    yield _watches()
    async for check in _engine():
        yield check
    if repaired:
        async for check in _repair(repaired):
            yield check


def _packages() -> Check:
    missing = [name for name, module in PACKAGES.items() if util.find_spec(module) is None]
    if missing:
        return Check(
            "packages", "fail", f"missing: {', '.join(missing)}", "Install codetriever-lsp again."
        )
    return Check(
        "packages", "ok", ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    )


def _cache(settings: EngineSettings) -> Check:
    folder = Path(settings.cache_dir)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe(folder)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        advice = "Make it writable, or name another one with CODETRIEVER_CACHE_DIR."
        return Check(
            "cache", "fail", f"{folder} cannot be written: {error.strerror or error}", advice
        )
    message = f"{folder}, {free / 2**30:.1f} GiB free"
    if free < FREE_BYTES:
        return Check(
            "cache",
            "warn",
            message,
            "Free some space, or name another folder with CODETRIEVER_CACHE_DIR.",
        )
    return Check("cache", "ok", message)


def _watches() -> Check:
    try:
        limit = int(WATCHES.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return Check("watcher", "ok", "this system has no limit on watches that could be read")
    if limit < FEW_WATCHES:
        advice = "Raise it: sudo sysctl fs.inotify.max_user_watches=524288. Until then changes are found by polling."
        return Check(
            "watcher",
            "warn",
            f"this system allows {limit:,} inotify watches, one is needed for each folder",
            advice,
        )
    return Check("watcher", "ok", f"this system allows {limit:,} inotify watches")


async def _engine() -> AsyncIterator[Check]:
    """The engine on an empty folder: that starts it, opens a store, and loads the model."""
    client = engine_client()
    begun = time.monotonic()
    try:
        with _empty_folder() as folder:
            try:
                await client.connect()
                yield Check(
                    "engine",
                    "ok",
                    f"version {__version__} answers after {time.monotonic() - begun:.2f} s",
                )
                await client.call(OpenFolders((folder,)))
                await client.call(Search("hello"))  # loads the model
                yield _model(await client.call(Status()))
            finally:
                await client.call(OpenFolders(()))
                await client.call(Clear(folder))
    except CodetrieverError as error:
        advice = (
            "codetriever-lsp stop ends a running engine; the log in the cache directory says more."
        )
        yield Check("engine", "fail", " ".join(str(error).split()), advice)
    finally:
        await client.close()


async def _repair(folder: str) -> AsyncIterator[Check]:
    """The index of `folder` is compared with its files, all others with what they were when they
    were closed.
    """
    if not await asyncio.to_thread(Path(folder).is_dir):
        yield Check(
            "repair",
            "fail",
            f"{folder} is not a folder",
            "Name one whose index is to be looked at.",
        )
        return
    client = engine_client()
    try:
        await client.call(OpenFolders((folder,)))
        for line in await client.call(Repair()):
            yield Check("repair", "ok", line)
    except CodetrieverError as error:
        advice = "codetriever-lsp clear --all deletes every index; they are made again when they are needed."
        yield Check("repair", "fail", " ".join(str(error).split()), advice)
    finally:
        await client.close()


@contextmanager
def _empty_folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="codetriever-doctor-") as name:
        yield str(Path(name).resolve())


def _model(result: StatusResult) -> Check:
    status = result.folders[0]
    if not status.model.get("dimension"):
        advice = "Search by meaning needs a model: set codetriever.model, or remove the setting for the bundled one."
        return Check(
            "model",
            "warn",
            status.last_error or "no model: search goes by words and names alone",
            advice,
        )
    if status.last_error:
        return Check(
            "model",
            "fail",
            status.last_error,
            "codetriever.model static-code-256 is bundled and always works.",
        )
    return Check(
        "model", "ok", f"{status.model['name']}, {status.model['dimension']} dimensions, loaded"
    )


def _show(check: Check) -> None:
    from rich.text import Text

    from codetriever_lsp.cli.show import console

    colour = {"ok": "green", "warn": "yellow", "fail": "red"}[check.state]
    line = Text(f"{check.state:<5}", colour).append(f"{check.name}: {check.message}", "default")
    out = console()
    out.print(line)
    if check.advice:
        out.print(Text(f"     → {check.advice}"))
