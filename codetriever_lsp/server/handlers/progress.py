"""What requests share: progress under the client's `workDoneToken`, results under its
`partialResultToken`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lsprotocol import types

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server
    from codetriever_lsp.server.payloads import Token

__all__ = ["send_partial", "work_done"]


@contextmanager
def work_done(server: Server, token: Token | None, title: str) -> Iterator[None]:
    """Begin and end of the work, told under `token`; also told when the work fails or is
    cancelled.
    """
    if token is None:
        yield
        return
    _progress(server, token, types.WorkDoneProgressBegin(title=title, cancellable=False))
    try:
        yield
    finally:
        _progress(server, token, types.WorkDoneProgressEnd())


def send_partial(server: Server, token: Token, value: Any) -> None:
    """A piece of the result; the answer proper must then not repeat it."""
    _progress(server, token, value)


def _progress(server: Server, token: Token, value: Any) -> None:
    server.protocol.notify(types.PROGRESS, {"token": token, "value": server.protocol.plain(value)})
