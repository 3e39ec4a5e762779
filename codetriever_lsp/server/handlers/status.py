"""`codetriever/status`: the state of every folder and of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codetriever_lsp.engine.ipc.messages import Status
from codetriever_lsp.server import convert
from codetriever_lsp.server.handlers.progress import work_done
from codetriever_lsp.server.message_types import STATUS
from codetriever_lsp.server.payloads import StatusParams, StatusResult

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["METHOD", "handle"]

METHOD = STATUS


async def handle(server: Server, params: StatusParams) -> StatusResult:
    with work_done(server, params.work_done_token, "Asking for the status"):
        return convert.status_result(await server.session.call(Status()), server.view)
