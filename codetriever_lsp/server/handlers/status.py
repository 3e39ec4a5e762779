"""`codetriever/status`: the state of every folder and of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codetriever_lsp.engine.messages import Status
from codetriever_lsp.server import convert
from codetriever_lsp.server.handlers.answering import work_done
from codetriever_lsp.server.protocol import STATUS
from codetriever_lsp.server.shapes import StatusParams, StatusResult

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["METHOD", "handle"]

METHOD = STATUS


async def handle(server: Server, params: StatusParams) -> StatusResult:
    with work_done(server, params.work_done_token, "Asking for the status"):
        return convert.status_result(await server.session.call(Status()), server.view)
