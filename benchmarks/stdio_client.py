"""A bare LSP client over stdio: starts the server as an editor would and speaks JSON-RPC with it,
one request at a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

__all__ = ["ServerError", "StdioClient"]


class ServerError(Exception):
    """An error reply."""


class StdioClient:
    """`with StdioClient(root, cache) as client: client.request("codetriever/search", {"query":
    …})`.
    """

    def __init__(self, root: Path, cache: Path, options: dict[str, Any] | None = None) -> None:
        self.root = root.resolve()
        self.options = {"cacheDir": str(cache), "lingerS": 5, **(options or {})}
        self.notifications: list[dict[str, Any]] = []
        self._id = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "codetriever_lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "CODETRIEVER_CACHE_DIR": self.options["cacheDir"]},
        )
        folder = {"uri": self.root.as_uri(), "name": self.root.name}
        started = time.perf_counter()
        self.capabilities = self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": folder["uri"],
                "workspaceFolders": [folder],
                "capabilities": {"general": {"positionEncodings": ["utf-16"]}},
                "initializationOptions": self.options,
            },
        )
        self.initialize_s = time.perf_counter() - started
        self.notify("initialized", {})
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.request("shutdown", None)
            self.notify("exit", None)
            self._process.wait(20)
        finally:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()

    def request(self, method: str, params: Any) -> Any:
        """The result of a request; ServerError for an error reply."""
        self._id += 1
        self._send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._id and "method" not in message:
                if "error" in message:
                    raise ServerError(f"{method}: {message['error']}")
                return message.get("result")
            self._handle(message)

    def notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _handle(self, message: dict[str, Any]) -> None:
        if "id" in message and "method" in message:
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        elif "method" in message:
            self.notifications.append(message)

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise ServerError(f"the server closed its output (exit code {self._process.poll()})")
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message
