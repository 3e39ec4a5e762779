"""`workspace/executeCommand`: the custom requests for clients that cannot send them. Same
parameters, same answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server.message_types import COMMANDS, params_type
from codetriever_lsp.server.payloads import structure

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["METHOD", "handle"]

METHOD = types.WORKSPACE_EXECUTE_COMMAND


async def handle(server: Server, params: types.ExecuteCommandParams) -> Any:
    method = COMMANDS.get(params.command)
    if method is None:
        raise BadRequest(
            f"{params.command[:200]!r} is not a command of this server; it has {', '.join(COMMANDS)}"
        )
    arguments = params.arguments or []
    if len(arguments) > 1:
        raise BadRequest(
            f"{params.command} takes one argument, the parameters of {method}; {len(arguments)} were given"
        )
    parsed = structure(arguments[0] if arguments else None, params_type(method))
    return await server.protocol.fm.features[method](parsed)
