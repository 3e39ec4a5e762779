"""`status`: the index of a folder, and the engine."""

from __future__ import annotations

import argparse

from codetriever_lsp import model
from codetriever_lsp.cli import FOUND, NOTHING
from codetriever_lsp.cli.workspace import Workspace, folder_of, opened, run_async
from codetriever_lsp.engine.ipc.messages import EngineStatus, Status, StatusResult
from codetriever_lsp.server import convert

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    return run_async(lambda: _status(options))


async def _status(options: argparse.Namespace) -> int:
    async with opened(folder_of(options.path), synced=False) as workspace:
        result: StatusResult = await workspace.call(Status())
        if options.json:
            from codetriever_lsp.cli.show import print_json

            print_json(convert.status_result(result, workspace.view))
        else:
            _show(result, workspace)
        return FOUND if any(folder.files for folder in result.folders) else NOTHING


def _show(result: StatusResult, workspace: Workspace) -> None:
    from rich.text import Text

    from codetriever_lsp.cli.show import console

    out = console()
    for folder in result.folders:
        for name, value in [
            ("folder", workspace.shown(folder.folder)),
            *_facts(folder),
            *_engine(result.engine),
        ]:
            out.print(Text(f"{name:<12}", "bold").append(value, "default"))


def _facts(folder: model.FolderStatus) -> list[tuple[str, str]]:
    languages = sorted(folder.languages.items(), key=lambda item: (-item[1], item[0]))
    return [
        ("state", folder.state + (f" ({folder.last_error})" if folder.last_error else "")),
        ("files", f"{folder.files:,} ({folder.pending:,} pending)"),
        ("chunks", f"{folder.chunks:,}"),
        ("symbols", f"{folder.symbols:,}"),
        ("languages", ", ".join(f"{name} {count:,}" for name, count in languages[:12])),
        (
            "skipped",
            ", ".join(f"{count:,} {reason}" for reason, count in sorted(folder.skipped.items())),
        ),
        (
            "model",
            f"{folder.model.get('name', 'none')} ({folder.model.get('dimension', 0)} dimensions)",
        ),
        ("watcher", folder.watcher),
        ("store", f"{folder.store_bytes / 2**20:.1f} MiB in {folder.store_path}"),
        ("generation", str(folder.generation)),
    ]


def _engine(engine: EngineStatus) -> list[tuple[str, str]]:
    return [
        (
            "engine",
            f"{engine.version}, process {engine.pid}, up {engine.uptime_s:,.0f} s, {engine.clients} clients",
        ),
        ("memory", f"{engine.memory_bytes / 2**20:,.0f} MiB"),
        ("cache", engine.cache_dir),
    ]
