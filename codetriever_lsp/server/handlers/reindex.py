"""`codetriever/reindex`: compare every file with the index, or build it anew. Answers when it has
begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codetriever_lsp.engine.ipc.messages import Reindex
from codetriever_lsp.server.handlers.progress import work_done
from codetriever_lsp.server.message_types import REINDEX
from codetriever_lsp.server.payloads import ReindexParams

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["METHOD", "handle"]

METHOD = REINDEX


async def handle(server: Server, params: ReindexParams) -> None:
    folder = await server.session.locate(params.folder) if params.folder else ""
    with work_done(server, params.work_done_token, "Starting to index"):
        await server.session.call(Reindex(folder, params.full))
