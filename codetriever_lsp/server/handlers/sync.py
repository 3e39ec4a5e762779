"""`codetriever/sync`: answers when every change made before it is searchable. How scripts and tests
wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codetriever_lsp.engine.ipc.messages import Sync
from codetriever_lsp.server.handlers.progress import work_done
from codetriever_lsp.server.message_types import SYNC
from codetriever_lsp.server.payloads import SyncParams, SyncResult

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["METHOD", "handle"]

METHOD = SYNC


async def handle(server: Server, params: SyncParams) -> SyncResult:
    with work_done(server, params.work_done_token, "Waiting for the index"):
        if not server.session.folders:
            return SyncResult(0)
        await server.documents.flush()
        return SyncResult(await server.session.call(Sync(params.timeout_ms)))
