"""`workspace/didChangeConfiguration`: workspace-scope settings apply while the server runs.

Only those: a model, a path, a URL or a credential is taken from `initializationOptions` alone,
because what comes here may stem from a settings file inside of the workspace.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lsprotocol import types

from codetriever_lsp.server.handlers.lifecycle import SECTION, pull_settings

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["did_change"]


async def did_change(server: Server, params: types.DidChangeConfigurationParams) -> None:
    """Ask the client where it can be asked; else take what it sent."""
    if server.supports("workspace.configuration"):
        changed = await pull_settings(server)
    else:
        sent = params.settings if isinstance(params.settings, Mapping) else {}
        section = sent.get(SECTION, sent)
        changed = isinstance(section, Mapping) and server.configure_index(section)
    if changed:
        server.session.refresh()
