"""An engine in the place of the real one: it records what is asked and answers as told. Also a
program, see the end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

from codetriever_lsp import model
from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.errors import BadRequest, EngineError

READY = model.IndexState("ready", 7, 3, 0)


def span(first: int, last: int, column: int = 4, end: int = 9) -> model.Span:
    return model.Span(model.Mark(first, column, column, column), model.Mark(last, end, end, end))


def hit(path: str, first: int, score: float = 0.5, name: str = "work") -> model.Hit:
    symbol = model.HitSymbol(name, "function", "Box", span(first, first))
    return model.Hit(path, span(first, first + 2), "python", score, "def work(): ...", symbol)


FAILURES: dict[str, Exception] = {
    "bad": BadRequest("that makes no sense"),
    "dead": EngineError("the engine is gone"),
    "bug": ZeroDivisionError("oh"),
}


class FakeEngine:
    """Shared by all sessions of one test through `factory`. The first word of a query says how it
    goes."""

    def __init__(self) -> None:
        self.calls: list[m.Request] = []
        self.cancelled: list[m.Request] = []
        self.hits: tuple[model.Hit, ...] = (hit("/w/a.py", 3), hit("/w/b.py", 9))
        self.symbols: tuple[model.SymbolHit, ...] = ()
        self.release = asyncio.Event()
        self.started = asyncio.Semaphore(0)
        self.emit: Callable[[m.Event], None] = lambda event: None
        self.fail: Exception | None = None
        self.connects = 0
        self.closed = 0

    def factory(self, settings: Any, on_event: Callable[[m.Event], None]) -> FakeEngine:
        self.settings = settings
        self.emit = on_event
        return self

    async def connect(self) -> None:
        self.connects += 1
        if self.fail is not None:
            raise self.fail

    async def close(self) -> None:
        self.closed += 1

    async def call(self, request: m.Request, *, on_partial: Any = None) -> Any:
        self.calls.append(request)
        self.started.release()
        try:
            return await self._answer(request, on_partial)
        except asyncio.CancelledError:
            self.cancelled.append(request)
            raise

    async def _answer(self, request: m.Request, on_partial: Any) -> Any:
        if isinstance(request, m.Search):
            return await self._search(request, on_partial)
        if isinstance(request, m.Similar):
            return model.SearchResult(self.hits, READY, 1.0)
        if isinstance(request, m.Symbols | m.Outline):
            return self.symbols
        if isinstance(request, m.Context):
            return model.ContextResult(
                request.path,
                "python",
                (model.ContextPart("definition", span(1, 2), "x"),),
                1,
                False,
            )
        if isinstance(request, m.Status):
            return m.StatusResult(m.EngineStatus(1, "0", 1.0, 1, 1, "/c"), ())
        return 7 if isinstance(request, m.Sync) else None

    async def _search(self, request: m.Search, on_partial: Any) -> model.SearchResult:
        mood = request.query.split()[0]
        if mood in FAILURES:
            raise FAILURES[mood]
        if mood == "slow":
            await self.release.wait()
        elif mood == "stubborn":
            await self._wait_whatever_comes()
        elif mood == "noise":
            os.write(1, b"a library writes to standard output\n")
            os.system("echo and a child process does, too")
        if on_partial is not None and request.partial:
            on_partial(self.hits[:1])
            on_partial(self.hits[:1])
        return model.SearchResult(self.hits[:1] * 60 if mood == "long" else self.hits, READY, 1.5)

    async def _wait_whatever_comes(self) -> None:
        while not self.release.is_set():
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                continue

    def asked(self, kind: type[Any]) -> list[Any]:
        return [call for call in self.calls if isinstance(call, kind)]


def main() -> None:
    """The server over standard input and output as `codetriever-lsp` runs it, on this engine."""
    from codetriever_lsp.platform.stdio import take_stdio

    source, sink = take_stdio()
    from codetriever_lsp.server.stdio import serve_stdio

    os._exit(
        serve_stdio(
            source, sink, lambda settings, on_event: FakeEngine().factory(settings, on_event)
        )
    )


if __name__ == "__main__":
    main()
