"""A language client for tests: raw JSON-RPC over a real process, which counts what comes back and
never sleeps."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

FULL_CAPABILITIES: dict[str, Any] = {
    "workspace": {
        "configuration": True,
        "workspaceFolders": True,
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "didChangeConfiguration": {"dynamicRegistration": True},
        "fileOperations": {"didCreate": True, "didRename": True, "didDelete": True},
    },
    "textDocument": {
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}},
    },
    "window": {"workDoneProgress": True},
    "general": {"positionEncodings": ["utf-16"]},
}


class RpcError(Exception):
    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]
        self.message = error["message"]


class LspClient:
    """`replies` counts the responses by id, `notes` keeps the notifications, `asked` the requests
    of the server."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.replies: Counter[Any] = Counter()
        self.errors_without_id: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.answers: dict[str, Callable[[Any], Any]] = {
            "workspace/configuration": lambda params: [None] * len(params["items"])
        }
        self.silent: set[str] = set()
        self._pending: dict[Any, asyncio.Future[Any]] = {}
        self._changed = asyncio.Condition()
        self._next = 0
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls, cache: Path, *, program: Sequence[str] = ("-m", "codetriever_lsp"), **environment: str
    ) -> LspClient:
        env = os.environ | {
            "CODETRIEVER_CACHE_DIR": str(cache),
            "CODETRIEVER_CONFIG": str(cache / "no-config.toml"),
            "CODETRIEVER_LINGER_S": "1",
            **environment,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=env,
            limit=2**26,
        )
        return cls(process)

    async def initialize(
        self, *folders: Path, capabilities: dict[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        params = {
            "processId": os.getpid(),
            "rootUri": None,
            "capabilities": FULL_CAPABILITIES if capabilities is None else capabilities,
            "workspaceFolders": [
                {"uri": folder.as_uri(), "name": folder.name} for folder in folders
            ],
            **more,
        }
        result: dict[str, Any] = await self.request("initialize", params)
        self.notify("initialized", {})
        return result

    def send(self, message: Any) -> None:
        self.send_bytes(json.dumps(message).encode())

    def send_bytes(self, body: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def begin(
        self, method: str, params: Any = None, *, request_id: Any = None
    ) -> tuple[Any, asyncio.Future[Any]]:
        self._next += 1
        request_id = self._next if request_id is None else request_id
        future = self.expect(request_id)
        self.send({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
        return request_id, future

    def expect(self, request_id: Any) -> asyncio.Future[Any]:
        """The response to an id, for a message sent by hand."""
        return self._pending.setdefault(request_id, asyncio.get_running_loop().create_future())

    async def request(self, method: str, params: Any = None, timeout: float = 60) -> Any:
        _, future = self.begin(method, params)
        return await asyncio.wait_for(future, timeout)

    async def error(self, method: str, params: Any = None) -> RpcError:
        try:
            result = await self.request(method, params)
        except RpcError as error:
            return error
        raise AssertionError(f"{method} was answered: {result}")

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    async def note(
        self, method: str, matching: Callable[[Any], bool] = lambda _: True, timeout: float = 30
    ) -> Any:
        """The first notification like this, past or to come."""

        def found() -> Any:
            return next(
                (n for n in self.notes if n["method"] == method and matching(n["params"])), None
            )

        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(lambda: found() is not None)
        return found()["params"]

    async def server_asked(self, method: str, timeout: float = 30) -> Any:
        def found() -> Any:
            return next((m for m in self.asked if m["method"] == method), None)

        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(lambda: found() is not None)
        return found()["params"]

    async def stop(self) -> int:
        """`shutdown`, `exit`; gives the exit code, after checking that no request was answered
        twice."""
        await self.request("shutdown")
        self.notify("exit")
        return await self.ended()

    async def ended(self, timeout: float = 10) -> int:
        code = await asyncio.wait_for(self.process.wait(), timeout)
        await self._reading
        assert all(count == 1 for count in self.replies.values()), self.replies
        return code

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self.process._transport.close()  # type: ignore[attr-defined]

    async def _read(self) -> None:
        assert self.process.stdout is not None
        reader = self.process.stdout
        while header := await reader.readline():
            assert header.startswith(b"Content-Length: "), header
            assert await reader.readline() == b"\r\n"
            message = json.loads(await reader.readexactly(int(header.split()[1])))
            async with self._changed:
                self._take(message)
                self._changed.notify_all()
        for request_id in list(self._pending):
            self._settle(request_id, ConnectionError("the server has ended"))

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            if message["id"] is None:
                self.errors_without_id.append(message["error"])
                return
            self.replies[message["id"]] += 1
            error = RpcError(message["error"]) if "error" in message else None
            self._settle(message["id"], error, message.get("result"))
        elif "id" in message:
            self.asked.append(message)
            if message["method"] not in self.silent:
                answer = self.answers.get(message["method"], lambda _: None)(message.get("params"))
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": answer})
        else:
            self.notes.append(message)

    def _settle(self, request_id: Any, error: Exception | None, result: Any = None) -> None:
        """A second response is counted, and changes nothing; nor does one that comes after the test
        has given up."""
        future = self.expect(request_id)
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
            future.exception()  # a test need not wait for it
