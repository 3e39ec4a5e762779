"""The calls of one client: each is answered exactly once, a bounded number runs, the rest waits in
order.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from codetriever_lsp import errors
from codetriever_lsp.engine.ipc.address import MAX_FRAME
from codetriever_lsp.engine.ipc.messages import Answer, Call, Failure, Partial, Request
from codetriever_lsp.errors import Cancelled, CodetrieverError, EngineError
from codetriever_lsp.model import Hit

__all__ = ["Calls", "failure"]

log = logging.getLogger(__name__)

Perform = Callable[[Request, Callable[[tuple[Hit, ...]], None]], Awaitable[object]]
Send = Callable[[Answer | Failure | Partial], None]


class Calls:
    """Runs calls with `perform`, each as a task of its own, and gives the frames that answer them
    to `send`.
    """

    def __init__(self, perform: Perform, send: Send, *, max_running: int, max_waiting: int) -> None:
        self._perform = perform
        self._send = send
        self._max_running = max_running
        self._max_waiting = max_waiting
        self._open: dict[int, asyncio.Task[None] | None] = {}
        self._waiting: OrderedDict[int, Request] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()

    def start(self, call: Call) -> None:
        """Take on a call; raises EngineError if its id is not one of its own."""
        if call.id <= 0 or call.id in self._open:
            raise EngineError(f"The id {call.id} of a call is in use.")
        self._open[call.id] = None
        if len(self._waiting) >= self._max_waiting:
            self._answer(
                Failure(
                    call.id,
                    "NotReady",
                    "Too many requests wait for their answers. Ask again later.",
                )
            )
            return
        self._waiting[call.id] = call.request
        self._fill()

    def cancel(self, identity: int) -> None:
        """Answer the call now, if it is not answered yet. Its task ends when it can and counts as
        running until then.
        """
        if identity not in self._open:
            return
        self._waiting.pop(identity, None)
        task = self._open[identity]
        self._answer(failure(identity, Cancelled("The request was cancelled.")))
        if task is not None:
            task.cancel()

    async def drain(self, timeout_s: float) -> None:
        """Wait until every call is answered, at most so long."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while self._running and (left := deadline - loop.time()) > 0:
            await asyncio.wait(self._running, timeout=left)

    async def close(self, timeout_s: float) -> None:
        """Cancel what runs, answer nothing more, and wait at most so long for the tasks to end."""
        self._waiting.clear()
        self._open.clear()
        for task in self._running:
            task.cancel()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=timeout_s)
            if late:
                log.warning("%d calls do not end after they were cancelled", len(late))

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._max_running:
            identity, request = self._waiting.popitem(last=False)
            task = asyncio.create_task(
                self._run(identity, request), name=f"call {identity} {type(request).__name__}"
            )
            self._open[identity] = task
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._fill()

    async def _run(self, identity: int, request: Request) -> None:
        try:
            result = msgspec.msgpack.encode(
                await self._perform(request, partial(self._partial, identity))
            )
            if len(result) > MAX_FRAME - 1024:
                raise CodetrieverError("The answer is too large. Ask for less at once.")
            self._answer(Answer(identity, msgspec.Raw(result)))
        except asyncio.CancelledError:
            self._answer(failure(identity, Cancelled("The request was cancelled.")))
        except CodetrieverError as error:
            self._answer(failure(identity, error))
        except BaseException as error:  # native code raises panics that are no Exception
            log.exception("A call of %s failed", type(request).__name__)
            self._answer(failure(identity, error))
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise

    def _partial(self, identity: int, hits: tuple[Hit, ...]) -> None:
        if identity in self._open:
            self._send(Partial(identity, hits))

    def _answer(self, frame: Answer | Failure) -> None:
        """The one place where a call is answered."""
        if frame.id in self._open:
            del self._open[frame.id]
            self._send(frame)


def failure(identity: int, error: BaseException) -> Failure:
    """The frame for `error`: its name if it is one of `errors.py`, else the base class and a line
    that names the cause.
    """
    if not isinstance(error, CodetrieverError):
        text = " ".join(str(error).split())[:500]
        line = f"Internal error: {type(error).__name__}: {text}".rstrip(": ")
        return Failure(identity, CodetrieverError.__name__, _sendable(line))
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in errors.__all__)
    return Failure(identity, name, _sendable(str(error)))


def _sendable(message: str) -> str:
    """A bounded message without lone surrogates, which paths may hold: a failure itself must never
    fail to be sent.
    """
    return message[:10_000].encode("utf-8", "backslashreplace").decode("utf-8")
