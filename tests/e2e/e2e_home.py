"""A cache directory of its own with all processes that use it: servers, commands, engine,
workers."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from e2e_client import PATIENCE_S, LspServer

__all__ = ["Answer", "Home", "finished", "relative_paths", "wait_ended", "write_tree"]

MARK = "CODETRIEVER_E2E_MARK"
GUARD = Path(__file__).with_name("guard")
PROGRAM = (sys.executable, "-m", "codetriever_lsp")


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Home:
    """Every process started here, and every process that those start, carries a mark in its
    environment."""

    def __init__(
        self, folder: Path, *, linger_s: float = 0.5, settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self.network = folder / "network.txt"
        self.mark = secrets.token_hex(8)
        self.linger_s = linger_s
        paths = [str(GUARD), *filter(None, [os.environ.get("PYTHONPATH")])]
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        own = {
            MARK: self.mark,
            "PYTHONPATH": os.pathsep.join(paths),
            "CODETRIEVER_CACHE_DIR": str(self.cache),
            "CODETRIEVER_CONFIG": str(folder / "no-config.toml"),
            "CODETRIEVER_LINGER_S": str(linger_s),
            "CODETRIEVER_E2E_NETWORK": str(self.network),
            "XDG_RUNTIME_DIR": str(runtime),
            "PYTHONUTF8": "1",
            **(settings or {}),
        }
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("CODETRIEVER_")
        }
        self.environ: dict[str, str] = kept | own
        self._servers: list[LspServer] = []

    def server(
        self,
        *folders: Path,
        encoding: str = "utf-16",
        command: Sequence[str] | None = None,
        **more: Any,
    ) -> LspServer:
        """A server with these folders open; `more` goes into the parameters of `initialize`."""
        server = LspServer(
            command or PROGRAM, self.environ, self.folder / f"server-{len(self._servers)}.txt"
        )
        self._servers.append(server)
        server.initialize(*folders, encoding=encoding, **more)
        return server

    def begin(self, command: Sequence[str], cwd: Path | None = None) -> subprocess.Popen[str]:
        """A program of this home that runs beside the test, its output in pipes."""
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        return subprocess.Popen(
            command,
            stdin=nothing,
            stdout=pipe,
            stderr=pipe,
            env=self.environ,
            cwd=cwd,
            text=True,
            encoding="utf-8",
        )

    def begin_cli(self, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        return self.begin([*PROGRAM, *arguments], cwd)

    def cli(self, *arguments: str, cwd: Path | None = None) -> Answer:
        """A command and what became of it; nothing that it says is a traceback."""
        return finished(self.begin_cli(*arguments, cwd=cwd))

    def processes(self) -> list[psutil.Process]:
        """All living processes of this home."""
        return [process for process in psutil.process_iter() if self._ours(process)]

    def engine_log(self) -> str:
        return "".join(
            log.read_text(encoding="utf-8", errors="replace")
            for log in sorted(self.cache.glob("engine*.log*"))
        )

    def all_gone(self, timeout_s: float = 20.0) -> list[psutil.Process]:
        """The processes that are still there although nobody needs them any more; none is as it
        should be."""
        wait_ended(self.processes(), timeout_s)
        return self.processes()

    def close(self) -> None:
        """Stop the servers that still run; then no process is left, nobody asked for the network,
        no engine stumbled."""
        try:
            for server in self._servers:
                if server.process.poll() is None:
                    server.stop()
            assert self.all_gone() == []
        finally:
            for server in self._servers:
                server.kill()
            for process in self.processes():
                process.kill()
        assert not self.network.exists(), self.network.read_text(encoding="utf-8")
        assert "Traceback" not in self.engine_log(), self.engine_log()

    def _ours(self, process: psutil.Process) -> bool:
        try:
            return bool(
                process.status() != psutil.STATUS_ZOMBIE
                and process.environ().get(MARK) == self.mark
            )
        except (psutil.Error, OSError):
            return False  # ended meanwhile, or somebody else's


def wait_ended(processes: Sequence[psutil.Process], timeout_s: float = 20.0) -> None:
    """Wait until they have all ended, or for so long. Whether somebody has taken note of a child's
    end does not matter."""
    if sys.platform != "linux":
        psutil.wait_procs(processes, timeout_s)
        return
    deadline = time.monotonic() + timeout_s
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(process.pid)
            try:
                select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            finally:
                os.close(descriptor)


def finished(process: subprocess.Popen[str]) -> Answer:
    """What became of a command."""
    out, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in out + err, err
    return Answer(process.returncode, out, err)


def write_tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write these files below `root`; gives `root` with its links resolved."""
    for name, content in files.items():
        file = root.joinpath(*name.split("/"))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root.resolve()


def relative_paths(hits: Sequence[dict[str, Any]], root: Path) -> list[str]:
    """The files of hits (or of symbols) relative to `root`, in their order."""
    from e2e_client import path_of

    return [
        path_of(hit.get("uri") or hit["location"]["uri"]).relative_to(root).as_posix()
        for hit in hits
    ]
