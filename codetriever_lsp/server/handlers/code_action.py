"""`textDocument/codeAction`: "Find similar code" on a selection. Nothing is computed until it is
chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server.capabilities import FIND_SIMILAR
from codetriever_lsp.server.convert import path_of

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["METHOD", "handle"]

METHOD = types.TEXT_DOCUMENT_CODE_ACTION
TITLE = "Find similar code"


def handle(
    server: Server, params: types.CodeActionParams
) -> list[types.CodeAction | types.Command]:
    """Empty without a selection, for what is no file on disk, and where only actions of other kinds
    are wanted.
    """
    if params.range.start == params.range.end or not _wanted(params.context.only):
        return []
    try:
        path_of(params.text_document.uri)
    except BadRequest:
        return []
    arguments = [
        server.protocol.plain(
            {"textDocument": _plain_document(params), "range": server.protocol.plain(params.range)}
        )
    ]
    command = types.Command(title=TITLE, command="codetriever.similar", arguments=arguments)
    if not server.supports("text_document.code_action.code_action_literal_support"):
        return [command]
    return [types.CodeAction(title=TITLE, kind=FIND_SIMILAR, command=command)]


def _plain_document(params: types.CodeActionParams) -> dict[str, str]:
    return {"uri": params.text_document.uri}


def _wanted(only: object) -> bool:
    """A kind in `only` takes in the kinds below it; "" takes in all."""
    if not isinstance(only, list | tuple):
        return True
    kinds = [str(getattr(kind, "value", kind)) for kind in only]
    return any(
        not kind or kind == FIND_SIMILAR or FIND_SIMILAR.startswith(kind + ".") for kind in kinds
    )
