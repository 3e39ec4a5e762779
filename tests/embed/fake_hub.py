"""A model hub on the loopback: serves the files of one model to the hub's own client, and can stop
half-way through one."""

from __future__ import annotations

import json
import threading
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REVISION = "1" * 40


class FakeHub(ThreadingHTTPServer):
    """`folder` holds the files. Set `stall` to the name of one: its download stops in the middle,
    and `stalled` is set."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.stall = ""
        self.stalled, self.over = threading.Event(), threading.Event()
        self.served: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()

    def tree(self) -> list[dict[str, object]]:
        return [
            {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": _tag(file)}
            for file in sorted(self.folder.iterdir())
        ]


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, *_args: object) -> None:
        """The log of a test is not the place for it."""

    def _answer(self, *, body: bool) -> None:
        path = self.path.split("?")[0]
        if "/resolve/" in path:
            file = self.server.folder / path.rsplit("/", 1)[-1]
            if file.is_file():
                self._send_file(file, body=body)
            else:
                self.send_error(404)
        elif "/tree/" in path:
            self._send(json.dumps(self.server.tree()).encode())
        else:
            siblings = [{"rfilename": entry["path"]} for entry in self.server.tree()]
            self._send(
                json.dumps({"id": "fake/model", "sha": REVISION, "siblings": siblings}).encode()
            )

    def _send_file(self, file: Path, *, body: bool) -> None:
        data = file.read_bytes()
        half = body and file.name == self.server.stall
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", f'"{_tag(file)}"')
        self.send_header("X-Repo-Commit", REVISION)
        self.end_headers()
        if not body:
            return
        self.wfile.write(data[: len(data) // 2] if half else data)
        if half:
            self.wfile.flush()
            self.server.stalled.set()
            self.server.over.wait()
            self.close_connection = True
        else:
            self.server.served.append(file.name)

    def _send(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _tag(file: Path) -> str:
    return sha1(file.read_bytes()).hexdigest()
