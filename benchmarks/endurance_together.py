"""`endurance.py together`: two editors and commands on one workspace; the engine dies, then an
editor; the rest go on.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from endurance_server import LEAVES_S, QUERIES, Server, Violation, copied, show

from codetriever_lsp.engine.ipc.endpoint import Place

__all__ = ["together"]

_SAID = "zanzibarian"


def together(args: argparse.Namespace, place: Path) -> None:
    """Two editors and commands on one workspace, the engine killed under them and then an editor;
    with the engine's log.
    """
    root, cache = copied(args.folder, place), place / "cache"
    seen: set[psutil.Process] = set()
    with Server(root, cache) as stays:
        leaves = Server(root, cache).__enter__()  # it is killed, so there is no way out of it
        stays.request("codetriever/sync", {})
        show("files", stays.folder()["files"], "")
        names = _type_into_buffer(leaves, root)
        _all_answer("two editors, two commands", root, cache, stays, leaves)
        if not _finds(leaves) or _finds(stays):
            raise Violation(f"{_SAID} in the buffer of one editor is not found by it alone")
        for number in range(1, args.times + 1):
            engine = psutil.Process(stays.request("codetriever/status", {})["engine"]["pid"])
            seen |= {engine, *engine.children(recursive=True)}
            engine.kill()
            _all_answer(
                f"engine {engine.pid} killed, {number} of {args.times}", root, cache, leaves, stays
            )
            if not _finds(leaves):
                raise Violation(f"the buffer of {names} was forgotten with the engine")
        seen |= {leaves.front()}
        leaves.front().kill()
        _all_answer("an editor killed", root, cache, stays)
        if _finds(stays):
            raise Violation("a buffer of the editor that died is found by another")
        seen |= set(stays.others())
    _, alive = psutil.wait_procs(list(seen), timeout=LEAVES_S)
    if alive:
        raise Violation(f"processes stay: {[process.pid for process in alive]}")
    print("\nthe engine's log\n" + Place(cache).log.read_text(encoding="utf-8"), end="")


def _all_answer(what: str, root: Path, cache: Path, *editors: Server) -> None:
    """Every editor and two commands ask the same at once, and all get as many places as the
    first.
    """
    began = time.perf_counter()
    commands = [_command(root, cache) for _ in range(2)]
    for at, editor in enumerate(editors):
        hits, took = _timed(
            lambda editor=editor: editor.request("codetriever/search", {"query": QUERIES[0]})[
                "hits"
            ]
        )
        if not hits:
            raise Violation(f"{what}: editor {at} found nothing")
        show(f"{what}: answer of editor {at}", took, "s")
    for command in commands:
        said, trouble = command.communicate(timeout=LEAVES_S)
        if command.returncode or not said:
            raise Violation(f"{what}: a command ended with {command.returncode}: {trouble}")
    show(f"{what}: both commands have answered", time.perf_counter() - began, "s")


def _command(root: Path, cache: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "codetriever_lsp", "search", "--path", str(root), QUERIES[0]]
    environ = {**os.environ, "CODETRIEVER_CACHE_DIR": str(cache), "CODETRIEVER_LINGER_S": "1"}
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, text=True
    )


def _type_into_buffer(editor: Server, root: Path) -> str:
    """A definition that is in a buffer of this editor and nowhere on the disk."""
    rel = "in_a_buffer.py"
    document = {
        "uri": (root / rel).as_uri(),
        "languageId": "python",
        "version": 1,
        "text": f"def {_SAID}():\n    pass\n",
    }
    editor.notify("textDocument/didOpen", {"textDocument": document})
    editor.request("codetriever/sync", {})
    return rel


def _finds(editor: Server) -> bool:
    return any(
        symbol["name"] == _SAID for symbol in editor.request("workspace/symbol", {"query": _SAID})
    )


def _timed(action: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return action(), time.perf_counter() - began
