"""The custom messages, as pygls wants them: attrs classes by method, and a converter that knows
their parameters.

pygls turns the parameters of a method that it does not know into namedtuples, in which `class`
becomes `_0` and some keys vanish; so every custom method is registered here, and
`rpc.Protocol.get_message_type` hands the class out.
"""

from __future__ import annotations

from typing import Any, get_type_hints

import attrs
import cattrs
import msgspec
from lsprotocol import types
from pygls.protocol import default_converter

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server import payloads

__all__ = [
    "COMMANDS", "CONTEXT", "INDEX_STATUS", "MESSAGE_TYPES", "REINDEX", "SEARCH", "SIMILAR", "STATUS", "SYNC", "ContextRequest",
    "IndexStatusNotification", "ReindexRequest", "SearchRequest", "SimilarRequest", "StatusRequest", "SyncRequest",
    "converter", "params_type", "strict_converter",
]  # fmt: skip

SEARCH = "codetriever/search"
SIMILAR = "codetriever/similar"
CONTEXT = "codetriever/context"
STATUS = "codetriever/status"
REINDEX = "codetriever/reindex"
SYNC = "codetriever/sync"
INDEX_STATUS = "codetriever/indexStatus"

MessageId = int | str


@attrs.define
class SearchRequest:
    id: MessageId
    params: payloads.SearchParams
    method: str = SEARCH
    jsonrpc: str = "2.0"


@attrs.define
class SimilarRequest:
    id: MessageId
    params: payloads.SimilarParams
    method: str = SIMILAR
    jsonrpc: str = "2.0"


@attrs.define
class ContextRequest:
    id: MessageId
    params: payloads.ContextParams
    method: str = CONTEXT
    jsonrpc: str = "2.0"


@attrs.define
class StatusRequest:
    id: MessageId
    params: payloads.StatusParams = attrs.field(factory=payloads.StatusParams)
    method: str = STATUS
    jsonrpc: str = "2.0"


@attrs.define
class ReindexRequest:
    id: MessageId
    params: payloads.ReindexParams = attrs.field(factory=payloads.ReindexParams)
    method: str = REINDEX
    jsonrpc: str = "2.0"


@attrs.define
class SyncRequest:
    id: MessageId
    params: payloads.SyncParams = attrs.field(factory=payloads.SyncParams)
    method: str = SYNC
    jsonrpc: str = "2.0"


@attrs.define
class IndexStatusNotification:
    params: payloads.IndexState
    method: str = INDEX_STATUS
    jsonrpc: str = "2.0"


MESSAGE_TYPES: dict[str, type[Any]] = {
    SEARCH: SearchRequest,
    SIMILAR: SimilarRequest,
    CONTEXT: ContextRequest,
    STATUS: StatusRequest,
    REINDEX: ReindexRequest,
    SYNC: SyncRequest,
    INDEX_STATUS: IndexStatusNotification,
}
"""The message class of every custom method."""

COMMANDS: dict[str, str] = {
    method.replace("/", "."): method for method in (SEARCH, SIMILAR, CONTEXT, STATUS, REINDEX, SYNC)
}
"""`workspace/executeCommand` by command: the custom request that it stands for."""


def params_type(method: str) -> Any:
    """The type of a method's parameters; None where it has none, or where the method is unknown."""
    if (message := MESSAGE_TYPES.get(method)) is not None:
        return get_type_hints(message)["params"]
    known = types.METHOD_TO_TYPES.get(method)
    return known[2] if known else None


def converter() -> cattrs.Converter:
    """The converter of pygls, and msgspec for what is a msgspec struct."""
    made: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    made.register_structure_hook_func(_is_struct, payloads.structure)
    made.register_unstructure_hook_func(_is_struct, msgspec.to_builtins)
    return made


def strict_converter() -> cattrs.Converter:
    """One that takes nothing for text that is none; cattrs alone makes the query "None" of `null`.

    `initialize` goes without: a client that is careless there should still get a server.
    """
    made = converter()
    made.register_structure_hook(str, _text)
    return made


def _text(value: Any, _: type[str]) -> str:
    if not isinstance(value, str):
        raise BadRequest(f"expected a string, got {type(value).__name__}")
    return value


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
