"""A worker process, `python -m codetriever_lsp.index.workers.main`: batches come in on stdin,
outcomes leave on stdout.

Grammars and models are code that may hang, crash or print. Here that costs one process: frames go
through a private copy of stdout, file descriptor 1 leads to stderr, and the engine counts the
seconds.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from codetriever_lsp.embed.embedder import Embedder
from codetriever_lsp.embed.load import load
from codetriever_lsp.errors import CodetrieverError, ModelError
from codetriever_lsp.index.fingerprint import embedding_rules
from codetriever_lsp.index.jobs import (
    Batch,
    Began,
    Broken,
    Done,
    FileTask,
    Finished,
    Frame,
    Ready,
    Start,
)
from codetriever_lsp.index.prepare import Lookup, Tools, prepare
from codetriever_lsp.platform.framing import FrameError, pack, read_frame_blocking
from codetriever_lsp.platform.stdio import take_stdio
from codetriever_lsp.platform.subprocesses import be_polite
from codetriever_lsp.store.embeddings import EmbeddingReader

__all__ = ["FAULT", "main"]

FAULT = "CODETRIEVER_WORKER_FAULT"
"""For tests: "crash", "hang" or "print", a stage ("parse", "embed") and the end of a path, joined
by "@"."""

_LAST_RESORT_S = 300
"""After so long with one file the process ends itself, should there be no engine any more to do
it."""


def main() -> int:
    frames, answers = _take_pipes()
    be_polite()
    inbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(frames, inbox), daemon=True).start()
    start = msgspec.msgpack.decode(inbox.get(), type=Start)
    send = _sender(answers)
    send(Ready(os.getpid()))
    model = _Model(start)
    if start.warm:
        with contextlib.suppress(CodetrieverError):  # said when the first file needs it
            model.embedder()
    batches = msgspec.msgpack.Decoder(Batch)
    while True:
        try:
            _work(batches.decode(inbox.get()), model, send)
        except CodetrieverError as error:
            send(Broken(type(error).__name__, str(error)))
        finally:
            faulthandler.cancel_dump_traceback_later()


class _Model:
    """The model and the cache of its embeddings, each opened when it is first needed."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.lookup = _cached(start)
        self._loaded: Embedder | None = None

    def embedder(self) -> Embedder:
        if self._loaded is None:
            loaded = load(self.start.settings)
            if loaded is None or loaded.fingerprint != self.start.fingerprint:
                raise ModelError(
                    "The embedding model changed while the engine ran. Restart the language server."
                )
            self._loaded = loaded
        return self._loaded


def _cached(start: Start) -> Lookup:
    if not start.look_up:
        return lambda _digests: {}
    reader, rules = (
        EmbeddingReader(Path(start.settings.cache_dir)),
        embedding_rules(start.fingerprint),
    )
    return lambda digests: reader.get(rules, digests)


def _work(batch: Batch, model: _Model, send: Callable[[Frame], None]) -> None:
    root, seconds = Path(batch.root), dict[str, float]()
    for place, task in enumerate(batch.files):
        faulthandler.dump_traceback_later(_LAST_RESORT_S, exit=True)

        def began(stage: str, key: bytes, place: int = place, task: FileTask = task) -> None:
            send(Began(place, stage, key))
            _perhaps_fail(stage, task)

        tools = Tools(
            model.start.dimension, model.embedder, model.lookup, began, frozenset(batch.quarantine)
        )
        send(Done(place, prepare(root, task, batch.settings, tools)))
        for stage, spent in tools.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + spent
    send(Finished(seconds))


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes for this module alone; whatever else reads or prints gets nothing, or ends up on
    stderr.
    """
    source, sink = take_stdio()
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)
    return os.fdopen(source, "rb"), os.fdopen(sink, "wb")


def _receive(frames: BinaryIO, inbox: queue.SimpleQueue[bytes]) -> None:
    """Frames into the inbox; the end of stdin ends the process, whatever it is doing."""
    with contextlib.suppress(FrameError):
        while (body := read_frame_blocking(frames)) is not None:
            inbox.put(body)
    os._exit(0)


def _sender(answers: BinaryIO) -> Callable[[Frame], None]:
    def send(frame: Frame) -> None:
        try:
            answers.write(pack(frame))
            answers.flush()
        except OSError:
            os._exit(0)

    return send


def _perhaps_fail(stage: str, task: FileTask) -> None:
    fault = os.environ.get(FAULT)
    if not fault:
        return
    what, where, end = fault.split("@")
    if stage == where and task.path.endswith(end):
        if what == "crash":
            os._exit(70)
        if what == "print":
            os.write(1, b"printed by a library\n")
        while what == "hang":
            time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
