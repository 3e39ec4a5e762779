"""`index`: open a folder, wait until it is searchable, say what there is."""

from __future__ import annotations

import argparse
import time

from codetriever_lsp import model
from codetriever_lsp.cli import FOUND, NOTHING
from codetriever_lsp.cli.workspace import Workspace, folder_of, opened, run_async
from codetriever_lsp.engine.ipc.messages import Reindex, Status, StatusResult, Sync
from codetriever_lsp.server import convert

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    return run_async(lambda: _index(options))


async def _index(options: argparse.Namespace) -> int:
    begun = time.monotonic()
    async with opened(folder_of(options.path), synced=not options.full) as workspace:
        if options.full:
            await workspace.call(Reindex(workspace.real, full=True))
            await workspace.call(Sync())
        result: StatusResult = await workspace.call(Status())
        seconds = time.monotonic() - begun
        mine = [folder for folder in result.folders if folder.folder == workspace.real]
        if options.json:
            from codetriever_lsp.cli.show import print_json

            print_json(convert.status_result(result, workspace.view))
        for folder in () if options.json else mine:
            _summary(folder, seconds, workspace)
        return FOUND if any(folder.files for folder in mine) else NOTHING


def _summary(folder: model.FolderStatus, seconds: float, workspace: Workspace) -> None:
    from codetriever_lsp.cli.show import console

    out = console()
    out.print(
        f"{workspace.shown(folder.folder)}: {folder.files:,} files, {folder.chunks:,} chunks, {folder.symbols:,} symbols "
        f"in {seconds:.1f} s ({folder.embedded:,} texts embedded)",
        markup=False,
    )
    if folder.skipped:
        reasons = sorted(folder.skipped.items(), key=lambda item: (-item[1], item[0]))
        out.print(
            "skipped: " + ", ".join(f"{count:,} {reason}" for reason, count in reasons),
            markup=False,
        )
    if folder.last_error:
        out.print(f"last error: {folder.last_error}", style="red", markup=False)
