"""JSON-RPC messages as bytes and back, and the error codes that exceptions stand for."""

from __future__ import annotations

import json
import logging
from typing import Any, NoReturn

import msgspec
from pygls.exceptions import JsonRpcException

from codetriever_lsp.errors import BadRequest, Cancelled, CodetrieverError

__all__ = [
    "INTERNAL_ERROR", "INVALID_PARAMS", "INVALID_REQUEST", "METHOD_NOT_FOUND", "NOT_INITIALIZED", "PARSE_ERROR",
    "REQUEST_CANCELLED", "REQUEST_FAILED", "MessageId", "UnreadableError", "checked_id", "encode", "error_of", "parse",
]  # fmt: skip

MessageId = int | str

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_CANCELLED = -32800
REQUEST_FAILED = -32803

_log = logging.getLogger(__name__)


class UnreadableError(Exception):
    """A body that is no JSON; `id` of the request where it could be made out."""

    def __init__(self, reason: str, request_id: MessageId | None = None) -> None:
        super().__init__(reason)
        self.id = request_id


def parse(body: bytes) -> Any:
    """The JSON value of a body; raises UnreadableError. Lone surrogates, which JavaScript sends for
    broken text, pass.
    """
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"the message is not UTF-8: {error.reason} at byte {error.start}", _guessed_id(body)
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"the message is not JSON: {error}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _guessed_id(body: bytes) -> MessageId | None:
    """The id of a request whose text holds bytes that are not UTF-8: those bytes are seldom in the
    id.
    """
    try:
        message = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return checked_id(message.get("id")) if isinstance(message, dict) else None


def checked_id(value: Any) -> MessageId | None:
    """An id in the form that it is kept and sent back in; None for what is no id."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


def encode(message: dict[str, Any]) -> bytes:
    """Compact JSON; structs may be anywhere inside."""
    try:
        return msgspec.json.encode(message)
    except (
        UnicodeEncodeError
    ):  # a lone surrogate, quoted from the client: escaped it is valid JSON again
        return json.dumps(msgspec.to_builtins(message), separators=(",", ":")).encode("ascii")


def error_of(error: BaseException, method: str) -> tuple[int, str]:
    """Code and message of the error reply that an exception stands for; an unexpected one is logged
    here.
    """
    if isinstance(error, BadRequest):
        return INVALID_PARAMS, str(error)
    if isinstance(error, Cancelled):
        return REQUEST_CANCELLED, str(error) or "the request was cancelled"
    if isinstance(error, CodetrieverError):
        return REQUEST_FAILED, str(error)
    if isinstance(error, JsonRpcException):
        return error.code, error.message
    _log.error("%s failed", method, exc_info=error)
    return INTERNAL_ERROR, f"{method} failed: {type(error).__name__}: {error}"
