"""What this server announces, given what the client announced."""

from __future__ import annotations

from lsprotocol import types
from pygls.capabilities import get_capability

from codetriever_lsp.server.message_types import COMMANDS, INDEX_STATUS, MESSAGE_TYPES

__all__ = ["FIND_SIMILAR", "announced", "server_capabilities"]

FIND_SIMILAR = "codetriever.similar"
"""The kind of the code action "Find similar code"."""


def announced(client: types.ClientCapabilities, feature: str) -> bool:
    """Whether the client says that it can do `feature` (a dotted path in snake_case)."""
    return bool(get_capability(client, feature, False))


def server_capabilities(
    client: types.ClientCapabilities,
    encoding: types.PositionEncodingKind | str,
    *,
    outline: bool = True,
) -> types.ServerCapabilities:
    return types.ServerCapabilities(
        position_encoding=encoding,
        text_document_sync=types.TextDocumentSyncOptions(
            open_close=True,
            change=types.TextDocumentSyncKind.Incremental,
            save=types.SaveOptions(include_text=False),
        ),
        workspace_symbol_provider=types.WorkspaceSymbolOptions(
            resolve_provider=True, work_done_progress=True
        ),
        document_symbol_provider=types.DocumentSymbolOptions(
            label="codetriever", work_done_progress=True
        )
        if outline
        else None,
        code_action_provider=types.CodeActionOptions(code_action_kinds=[FIND_SIMILAR]),
        execute_command_provider=types.ExecuteCommandOptions(
            commands=list(COMMANDS), work_done_progress=True
        ),
        workspace=types.WorkspaceOptions(
            workspace_folders=types.WorkspaceFoldersServerCapabilities(
                supported=True, change_notifications=True
            ),
            file_operations=_file_operations(client),
        ),
        experimental={
            "codetriever": {
                "methods": [method for method in MESSAGE_TYPES if method != INDEX_STATUS]
            }
        },
    )


def _file_operations(client: types.ClientCapabilities) -> types.FileOperationOptions | None:
    files = types.FileOperationRegistrationOptions(
        [types.FileOperationFilter(types.FileOperationPattern(glob="**"), scheme="file")]
    )
    names = [
        name
        for name in ("did_create", "did_rename", "did_delete")
        if announced(client, f"workspace.file_operations.{name}")
    ]
    return types.FileOperationOptions(**dict.fromkeys(names, files)) if names else None
