"""JSON-RPC as this server speaks it: pygls' protocol class with its traps taken out, all of them
here.

| what pygls 2.1.1 does | what happens here |
|---|---|
| parameters that cannot be decoded: a popup and no reply | -32602 that says what is wrong
  (`_request`) |
| messages are structured at every nested object, failures raise in the read loop | `receive` parses
  first, structures after |
| a cancelled request is answered when its handler comes around to it, perhaps never | at the latest
  after 50 ms (`_cancel`) |
| futures of async notifications, and of requests the client never answers, stay for ever | tasks
  drop themselves; `ask` ends |
| a late reply to a given-up request raises InvalidStateError | ignored |
| `shutdown` during a command: "dictionary changed size", never marked | what runs is drained first
  (`_drain`) |
| exit code always 0, by SystemExit that asyncio swallows | `ended` holds the code |
| requests before `initialize` run, those after `shutdown` get no reply | -32002, -32600 |
| every message is logged in full, source text included | methods and ids only |
| writes to stdout block the loop | the writer queues (`transport`), see `congested` |
| edits documents in a class that splits lines at form feeds; reads `untitled:` from disk | no
  built-in handlers at all |
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import logging
from collections.abc import Awaitable, Coroutine
from functools import cached_property, partial
from typing import Any, Literal
from typing import Protocol as Interface

import attrs
import cattrs
import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server.jsonrpc import codec
from codetriever_lsp.server.jsonrpc.codec import MessageId
from codetriever_lsp.server.message_types import MESSAGE_TYPES, params_type, strict_converter

__all__ = ["ASK_TIMEOUT", "Protocol", "Writer"]

ASK_TIMEOUT = 10.0
"""Seconds that a client has to answer a request of ours."""

CANCEL_GRACE = 0.05
"""Seconds that a cancelled handler has to end before its request is answered without it."""

DRAIN_GRACE = 1.0
"""Seconds that requests in flight have to finish once `shutdown` arrived."""

CROWD = 1024
"""Requests in flight above which no further message is taken."""

CONGESTED = 2**20
"""Bytes waiting to be read by the client above which notifications that may be lost are not
sent."""

_log = logging.getLogger(__name__)


class Writer(Interface):
    """Where messages go; `write` never blocks, `backlog` are the bytes not taken yet."""

    def write(self, body: bytes) -> None: ...
    def backlog(self) -> int: ...


@attrs.define(eq=False)
class _Flight:
    """A request that is not answered yet."""

    id: MessageId
    method: str
    task: asyncio.Task[Any] | None = None
    answered: bool = False


class Protocol(LanguageServerProtocol):
    """One conversation with one client. Made and used on the event loop."""

    def __init__(self, server: Any, converter: cattrs.Converter) -> None:
        super().__init__(server, converter)
        self.state: Literal["new", "running", "down"] = "new"
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.out: Writer | None = None
        self._flights: dict[MessageId, _Flight] = {}
        self._calm = asyncio.Event()
        self._asked: dict[MessageId, asyncio.Future[Any]] = {}
        self._ask_ids = itertools.count(1)
        self._tasks: set[asyncio.Task[Any]] = set()

    # What comes in

    def receive(self, body: bytes | None) -> None:
        """Take one message; whatever is wrong with it is answered, never raised."""
        if body is None:
            self._send_error(None, codec.INVALID_REQUEST, "the message is too long and was skipped")
            return
        try:
            message = codec.parse(body)
        except codec.UnreadableError as error:
            _log.warning("unreadable message: %s", error)
            self._send_error(error.id, codec.PARSE_ERROR, str(error))
            return
        self.handle_message(message)

    def handle_message(self, message: Any) -> None:
        """Dispatch a parsed message to the request, notification or reply that it is."""
        if isinstance(message, list):
            for item in message or [None]:
                self._refuse(
                    item,
                    "batches are not part of the language server protocol; send one message each",
                )
        elif not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            self._refuse(message, 'a message is an object with "jsonrpc": "2.0"')
        elif "method" not in message:
            self._reply_received(message)
        elif not isinstance(message["method"], str):
            self._refuse(message, "method is not a string")
        elif "id" in message:
            self._request(message["id"], message["method"], message.get("params"))
        else:
            self._notification(message["method"], message.get("params"))

    def structure_message(self, data: dict[str, Any]) -> dict[str, Any]:
        """Plain JSON: parameters are structured when their request is known, so that the error can
        be its answer.
        """
        return data

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """The class of a message by its method, the custom ones included."""
        return MESSAGE_TYPES.get(method) or types.METHOD_TO_TYPES.get(method, (None,))[0]

    def _register_builtin_features(self) -> None:
        """None: every handler of this server is its own."""

    def _refuse(self, message: Any, reason: str) -> None:
        known = codec.checked_id(message.get("id")) if isinstance(message, dict) else None
        if (
            isinstance(message, dict)
            and known is None
            and "id" not in message
            and "method" in message
        ):
            _log.warning("notification ignored: %s", reason)  # a notification is never answered
            return
        self._send_error(known, codec.INVALID_REQUEST, reason)

    # Requests

    def _request(self, raw_id: Any, method: str, raw_params: Any) -> None:
        request_id = codec.checked_id(raw_id)
        if request_id is None:
            self._send_error(
                None, codec.INVALID_REQUEST, "the id of a request is a number or a string"
            )
            return
        if (refusal := self._gate(request_id, method)) is not None:
            self._send_error(request_id, *refusal)
            return
        handler = self._begin_shutdown if method == types.SHUTDOWN else self.fm.features[method]
        flight = self._flights[request_id] = _Flight(request_id, method)
        try:
            result = handler(self._structure(method, raw_params))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            self._fail(flight, *codec.error_of(error, method))
            return
        if method == types.INITIALIZE:
            self.state = "running"
        if not inspect.iscoroutine(result):
            self._answer(flight, result)
            return
        flight.task = asyncio.ensure_future(result)
        flight.task.add_done_callback(partial(self._settle, flight))

    def _gate(self, request_id: MessageId, method: str) -> tuple[int, str] | None:
        """Why a request is not served: code and message."""
        if self.state == "down":
            return codec.INVALID_REQUEST, "the server has been shut down"
        if self.state == "new" and method != types.INITIALIZE:
            return codec.NOT_INITIALIZED, "the server has not been initialized"
        if self.state == "running" and method == types.INITIALIZE:
            return codec.INVALID_REQUEST, "the server has been initialized already"
        if request_id in self._flights:
            return codec.INVALID_REQUEST, f"a request with the id {request_id!r} is being served"
        if method not in self.fm.features and method != types.SHUTDOWN:
            return codec.METHOD_NOT_FOUND, f"{method[:200]} is not a method of this server"
        return None

    def _structure(self, method: str, raw: Any) -> Any:
        shape = params_type(method)
        if shape is None:
            return raw
        try:
            converter = self._converter if method == types.INITIALIZE else self._strict
            return converter.structure({} if raw is None else raw, shape)
        except BadRequest:
            raise
        except Exception as error:  # cattrs raises groups, validators ValueError, hooks anything
            raise BadRequest(f"{method}: {_explained(error)}") from error

    @cached_property
    def _strict(self) -> cattrs.Converter:
        """Made once `initialize` has been answered."""
        return strict_converter()

    def _settle(self, flight: _Flight, task: asyncio.Task[Any]) -> None:
        """The one place where a finished handler becomes a response."""
        if task.cancelled():
            self._fail(flight, codec.REQUEST_CANCELLED, "the request was cancelled")
        elif (error := task.exception()) is not None:
            if not flight.answered:
                self._fail(flight, *codec.error_of(error, flight.method))
        else:
            self._answer(flight, task.result())

    def _answer(self, flight: _Flight, result: Any) -> None:
        if flight.answered:
            return
        try:
            body = codec.encode({"jsonrpc": "2.0", "id": flight.id, "result": self.plain(result)})
        except Exception as error:  # noqa: BLE001 - an answer that cannot be written is still answered
            self._fail(flight, *codec.error_of(error, flight.method))
            return
        self._close(flight)
        self._write(body)

    def _fail(self, flight: _Flight, code: int, message: str) -> None:
        if not flight.answered:
            self._close(flight)
            self._send_error(flight.id, code, message)

    def _close(self, flight: _Flight) -> None:
        flight.answered = True
        self._flights.pop(flight.id, None)
        if len(self._flights) < CROWD:
            self._calm.set()

    async def uncrowded(self) -> None:
        """Return when not too many requests are in flight."""
        while len(self._flights) >= CROWD:
            self._calm.clear()
            await self._calm.wait()

    def _cancel(self, raw: Any) -> None:
        """Stop the handler; answer for it if it does not stop. A cancel that comes too late is
        normal.
        """
        request_id = codec.checked_id(raw.get("id")) if isinstance(raw, dict) else None
        flight = self._flights.get(request_id) if request_id is not None else None
        if flight is None or flight.task is None or flight.method == types.SHUTDOWN:
            return
        flight.task.cancel()
        asyncio.get_running_loop().call_later(
            CANCEL_GRACE, self._fail, flight, codec.REQUEST_CANCELLED, "the request was cancelled"
        )

    def _begin_shutdown(self, params: Any) -> Coroutine[Any, Any, None]:
        self.state = "down"  # at once: what comes in the same breath is refused already
        return self._drain(params)

    async def _drain(self, params: Any) -> None:
        """Let what runs finish, cancel what does not, then let the server close what it holds."""
        current = asyncio.current_task()
        running = [
            flight.task for flight in self._flights.values() if flight.task not in {None, current}
        ]
        if running:
            _, late = await asyncio.wait([task for task in running if task], timeout=DRAIN_GRACE)
            for task in late:
                task.cancel()
            await asyncio.sleep(0)
        if (handler := self.fm.features.get(types.SHUTDOWN)) is not None:
            await handler(params)

    # Notifications

    def _notification(self, method: str, raw_params: Any) -> None:
        if method == types.CANCEL_REQUEST:
            self._cancel(raw_params)
        elif method == types.EXIT:
            self.end(0 if self.state == "down" else 1)
        elif self.state == "running" and (handler := self.fm.features.get(method)) is not None:
            try:
                result = handler(self._structure(method, raw_params))
            except Exception as error:  # noqa: BLE001 - nobody waits for an answer: logged, never a popup
                # Not its words: they quote the value that is wrong, which may be source text.
                _log.warning("%s ignored: %s", method, type(error).__name__)
                return
            if inspect.iscoroutine(result):
                self.spawn(result, method)

    def end(self, code: int) -> None:
        """The conversation is over; the first code counts."""
        if not self.ended.done():
            self.ended.set_result(code)

    def spawn(self, work: Any, name: str) -> asyncio.Task[Any]:
        """Run a coroutine beside everything else; a failure is logged, nothing is kept once it is
        done.
        """
        task: asyncio.Task[Any] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(partial(self._spawned_done, name))
        return task

    def _spawned_done(self, name: str, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning(
                "%s failed: %s",
                name,
                error,
                exc_info=error if _log.isEnabledFor(logging.DEBUG) else None,
            )

    async def cancel_all(self) -> None:
        """Stop every request and background task; used when the conversation has ended."""
        tasks = [*self._tasks, *(flight.task for flight in self._flights.values() if flight.task)]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    # What goes out

    def notify(self, method: str, params: Any | None = None) -> None:
        """Send a notification."""
        self._write(
            codec.encode({"jsonrpc": "2.0", "method": method, "params": self.plain(params)})
        )

    @property
    def congested(self) -> bool:
        """Whether the client lags behind so far that news it will get again should not be added."""
        return self.out is not None and self.out.backlog() > CONGESTED

    async def ask(self, method: str, params: Any, timeout: float = ASK_TIMEOUT) -> Any:  # noqa: ASYNC109
        """Send a request to the client and give its result as plain JSON.

        Raises TimeoutError when no reply comes (nothing of the request is kept then),
        JsonRpcException for an error reply.
        """
        request_id = f"codetriever-{next(self._ask_ids)}"
        future = self._asked[request_id] = asyncio.get_running_loop().create_future()
        message = {
            "jsonrpc": "2.0",
            "id": request_id,
            "method": method,
            "params": self.plain(params),
        }
        try:
            self._write(codec.encode(message))
            return await asyncio.wait_for(future, timeout)
        finally:
            self._asked.pop(request_id, None)

    def send_request(self, *_: Any, **__: Any) -> Any:
        """Not used: its futures never end when the client does not answer."""
        raise NotImplementedError("use ask()")

    def send_request_async(
        self,
        method: str,
        params: Any | None = None,
        msg_id: MessageId | None = None,  # noqa: ARG002
    ) -> Awaitable[Any]:
        """What pygls' generated methods call."""
        return self.ask(method, params)

    def _reply_received(self, message: dict[str, Any]) -> None:
        request_id = message.get("id")
        future = self._asked.pop(request_id, None) if isinstance(request_id, str) else None
        if future is None or future.done():
            _log.debug("a reply to nothing that was asked")
        elif isinstance(error := message.get("error"), dict):
            code, text = error.get("code"), error.get("message")
            code = code if isinstance(code, int) else codec.INTERNAL_ERROR
            future.set_exception(JsonRpcException(str(text), code))
        else:
            future.set_result(message.get("result"))

    def _send_error(self, request_id: MessageId | None, code: int, message: str) -> None:
        error = {"code": code, "message": message}
        self._write(codec.encode({"jsonrpc": "2.0", "id": request_id, "error": error}))

    def plain(self, value: Any) -> Any:
        """Classes of lsprotocol as JSON; structs are encoded as they are, and so is what is plain
        already.
        """
        if value is None or isinstance(value, str | int | float | dict | msgspec.Struct):
            return value
        if isinstance(value, list | tuple):
            return [self.plain(item) for item in value]
        return self._converter.unstructure(value)

    def _write(self, body: bytes) -> None:
        if self.out is not None:
            self.out.write(body)


def _explained(error: BaseException) -> str:
    """What is wrong and where, without Python's words."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_explained(inner) for inner in error.exceptions)
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    if isinstance(error, TypeError):
        return "an object is expected"
    notes = [
        note
        for note in getattr(error, "__notes__", ())
        if "@ attribute" in note or "@ index" in note
    ]
    where = f" ({notes[0].rsplit('@ ', 1)[-1]})" if notes else ""
    return f"{error}{where}"
