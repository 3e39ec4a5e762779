"""`workspace/symbol`: fuzzy lookup over every definition. The engine ranks; nothing is sorted or
filtered here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from codetriever_lsp.engine.ipc.messages import Symbols
from codetriever_lsp.server import convert
from codetriever_lsp.server.handlers.progress import send_partial, work_done
from codetriever_lsp.server.payloads import SymbolInformation

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["METHOD", "handle", "resolve"]

METHOD = types.WORKSPACE_SYMBOL

MAX_QUERY = 1_000
"""Characters of a query that count; no name is longer."""


async def handle(
    server: Server, params: types.WorkspaceSymbolParams
) -> tuple[SymbolInformation, ...]:
    if not server.session.folders:
        # an editor without a folder asks all the same, and would show an error at each key
        return ()
    with work_done(server, params.work_done_token, "Looking up symbols"):
        found = await server.session.call(Symbols(params.query[:MAX_QUERY]))
        symbols = tuple(convert.symbol_information(symbol, server.view) for symbol in found)
        if params.partial_result_token is None:
            return symbols
        send_partial(server, params.partial_result_token, symbols)
        return ()


def resolve(server: Server, symbol: types.WorkspaceSymbol) -> types.WorkspaceSymbol:  # noqa: ARG001
    """As it came: the range is there from the beginning."""
    return symbol
