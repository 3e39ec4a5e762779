"""A language client for tests: raw JSON-RPC over the standard streams of a real server, in threads,
without sleeps."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

__all__ = ["LspServer", "RpcError", "cut", "path_of"]

CAPABILITIES: dict[str, Any] = {
    "workspace": {
        "configuration": True,
        "workspaceFolders": True,
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "textDocument": {"documentSymbol": {"hierarchicalDocumentSymbolSupport": True}},
    "window": {"workDoneProgress": True},
}
PATIENCE_S = 60.0
"""How long an answer may take on a busy machine; far more than it does."""


class RpcError(Exception):
    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: int = error["code"]
        self.message: str = error["message"]


class LspServer:
    """A server process and the client that talks to it. `notes` keeps its notifications, `replies`
    counts answers by id."""

    def __init__(self, command: Sequence[str], environ: dict[str, str], errors: Path) -> None:
        self.errors = errors
        self.encoding = "utf-16"
        self.notes: list[dict[str, Any]] = []
        self.replies: Counter[Any] = Counter()
        self._changed = threading.Condition()
        self._pending: dict[Any, Future[Any]] = {}
        self._versions: Counter[str] = Counter()
        self._sending = threading.Lock()
        with errors.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environ,
                bufsize=0,
            )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    # The conversation

    def initialize(self, *folders: Path, encoding: str = "utf-16", **more: Any) -> dict[str, Any]:
        """Open these folders; `more` goes into the parameters of `initialize`."""
        params = {
            "processId": None,
            "rootUri": None,
            "capabilities": {**CAPABILITIES, "general": {"positionEncodings": [encoding]}},
            "workspaceFolders": [folder_of(folder) for folder in folders],
            **more,
        }
        result: dict[str, Any] = self.request("initialize", params)
        self.encoding = result["capabilities"]["positionEncoding"]
        self.notify("initialized", {})
        return result

    def begin(self, method: str, params: Any = None) -> Future[Any]:
        with self._sending:
            request_id = len(self._pending) + 1
            future = self._pending[request_id] = Future()
            self._send({"id": request_id, "method": method, "params": params})
        return future

    def request(self, method: str, params: Any = None, timeout_s: float = PATIENCE_S) -> Any:
        return self.begin(method, params).result(timeout_s)

    def error(self, method: str, params: Any = None) -> RpcError:
        """The error that this request must be answered with."""
        try:
            result = self.request(method, params)
        except RpcError as error:
            return error
        raise AssertionError(f"{method} was answered: {result}")

    def notify(self, method: str, params: Any) -> None:
        with self._sending:
            self._send({"method": method, "params": params})

    def note(self, method: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first notification like this, past or to come."""

        def found() -> list[Any]:
            return [
                note["params"]
                for note in self.notes
                if note["method"] == method and fits(note["params"])
            ]

        with self._changed:
            assert self._changed.wait_for(found, PATIENCE_S), f"no {method} came"
            return found()[0]

    def stop(self) -> None:
        """`shutdown` and `exit`: exit code 0, every request answered once, nothing that looks like
        a traceback said."""
        self.request("shutdown")
        self.notify("exit", None)
        assert self.process.wait(PATIENCE_S) == 0
        self._reading.join(PATIENCE_S)
        self._close()
        assert set(self.replies) == set(self._pending)
        assert set(self.replies.values()) == {1}
        assert "Traceback" not in self.errors.read_text(encoding="utf-8")

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE_S)
        self._reading.join(PATIENCE_S)
        self._close()

    # What editors say

    def sync(self) -> int:
        generation: int = self.request("codetriever/sync", {"timeoutMs": 50_000})["generation"]
        return generation

    def search(self, query: str, **more: Any) -> list[dict[str, Any]]:
        hits: list[dict[str, Any]] = self.request("codetriever/search", {"query": query, **more})[
            "hits"
        ]
        return hits

    def symbols(self, query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.request("workspace/symbol", {"query": query})
        return found

    def outline(self, file: Path) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.request(
            "textDocument/documentSymbol", {"textDocument": {"uri": file.as_uri()}}
        )
        return found

    def folder(self, folder: Path) -> dict[str, Any]:
        """What the status says of one folder."""
        folders = {
            path_of(one["folder"]): one for one in self.request("codetriever/status", {})["folders"]
        }
        found: dict[str, Any] = folders[folder]
        return found

    def open(self, file: Path, text: str | None = None) -> None:
        """Open a buffer with `text`, or with what is in the file."""
        self._versions[file.as_uri()] += 1
        document = {
            "uri": file.as_uri(),
            "languageId": "text",
            "version": self._versions[file.as_uri()],
            "text": file.read_bytes().decode() if text is None else text,
        }
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, file: Path, *edits: dict[str, Any]) -> None:
        """Edit an open buffer: `{"text": …}` for all of it, with a `range` for a part."""
        self._versions[file.as_uri()] += 1
        document = {"uri": file.as_uri(), "version": self._versions[file.as_uri()]}
        self.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": list(edits)}
        )

    def close(self, file: Path) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})

    def save(self, file: Path, text: str) -> None:
        """Write the file as an editor does, and say so."""
        file.write_text(text, encoding="utf-8", newline="")
        self.notify("textDocument/didSave", {"textDocument": {"uri": file.as_uri()}})

    def change_folders(self, *, added: Sequence[Path] = (), removed: Sequence[Path] = ()) -> None:
        event = {
            "added": [folder_of(one) for one in added],
            "removed": [folder_of(one) for one in removed],
        }
        self.notify("workspace/didChangeWorkspaceFolders", {"event": event})

    # The wire

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        buffered = open(stream.fileno(), "rb", closefd=False)  # noqa: SIM115 - ends with the process
        while header := buffered.readline():
            assert header.startswith(b"Content-Length: "), header
            assert buffered.readline() == b"\r\n"
            self._take(json.loads(buffered.read(int(header.split()[1]))))
        for future in list(self._pending.values()):
            if not future.done():
                future.set_exception(ConnectionError(f"the server has ended; see {self.errors}"))

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            self.replies[message["id"]] += 1
            future = self._pending[message["id"]]
            if "error" in message:
                future.set_exception(RpcError(message["error"]))
            else:
                future.set_result(message["result"])
        elif "id" in message:
            asked = message["method"] == "workspace/configuration"
            answer = [None] * len(message["params"]["items"]) if asked else None
            with self._sending:
                self._send({"id": message["id"], "result": answer})
        else:
            with self._changed:
                self.notes.append(message)
                self._changed.notify_all()

    def _close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def folder_of(path: Path) -> dict[str, str]:
    return {"uri": path.as_uri(), "name": path.name}


def path_of(uri: str) -> Path:
    """The path in a `file:` URI, by another route than the product's."""
    parts = urlsplit(uri)
    assert parts.scheme == "file", uri
    return Path(
        url2pathname(unquote(parts.path))
        if "%" not in url2pathname(parts.path)
        else unquote(parts.path)
    )


def cut(source: str, place: dict[str, Any], encoding: str) -> str:
    """The text of a range, by another route than the product's: lines as LSP splits them, columns
    in encoded bytes."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    unit, codec = {"utf-8": (1, "utf-8"), "utf-16": (2, "utf-16-le"), "utf-32": (4, "utf-32-le")}[
        encoding
    ]
    first, last = place["start"], place["end"]
    chosen = lines[first["line"] : last["line"] + 1]
    chosen[-1] = chosen[-1].encode(codec)[: unit * last["character"]].decode(codec)
    chosen[0] = chosen[0].encode(codec)[unit * first["character"] :].decode(codec)
    return "\n".join(chosen)
