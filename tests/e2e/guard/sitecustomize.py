"""In every Python process of the end-to-end tests, put there by PYTHONPATH: no network but this
machine's own.

`CODETRIEVER_E2E_NETWORK` names the file that takes down each attempt; the attempt itself fails.
`CODETRIEVER_E2E_FILE_S` shortens the seconds that a worker may be silent about one file, so that a
grammar that hangs costs a test little."""

from __future__ import annotations

import importlib.abc
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

_EVENTS = {
    "socket.connect",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyname",
}
_WORKERS = "codetriever_lsp.index.workers.handle"


def _guard(took_down: Path) -> Callable[[str, tuple[Any, ...]], None]:
    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _EVENTS:
            return
        host = arguments[0]
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            address = arguments[1]
            if not isinstance(address, tuple):
                return  # a socket of the file system, or one that is connected already
            host = address[0]
        if (
            host in (None, "", b"")
            or str(host) in ("localhost", "::1")
            or str(host).startswith("127.")
        ):
            return
        with took_down.open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {event} {host!r}\n")
        raise PermissionError(f"{event} {host!r}: the tests allow no network")

    return guard


class _Impatient(importlib.abc.MetaPathFinder):
    """Sets the default of `Deadlines.file` once its module has been imported."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _WORKERS:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        loader: Any = spec.loader
        run = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            names = list(module.Deadlines.__dataclass_fields__)
            defaults = [*module.Deadlines.__init__.__defaults__]
            defaults[names.index("file")] = self._seconds
            module.Deadlines.__init__.__defaults__ = tuple(defaults)

        loader.exec_module = exec_module
        return spec


if _file := os.environ.get("CODETRIEVER_E2E_NETWORK"):
    sys.addaudithook(_guard(Path(_file)))
if _seconds := os.environ.get("CODETRIEVER_E2E_FILE_S"):
    sys.meta_path.insert(0, _Impatient(float(_seconds)))
