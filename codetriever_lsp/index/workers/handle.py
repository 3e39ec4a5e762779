"""One worker process as the engine sees it: a batch goes in, outcomes come out, or it is said where
it got stuck.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from codetriever_lsp.errors import EngineError, by_name
from codetriever_lsp.index.jobs import (
    Batch,
    Began,
    Broken,
    Done,
    Finished,
    FromWorker,
    Outcome,
    Ready,
    Start,
)
from codetriever_lsp.platform.framing import FrameError, pack, read_frame
from codetriever_lsp.platform.subprocesses import ONE_THREAD, module_command, start_helper

__all__ = ["Deadlines", "WorkerLostError", "WorkerProcess"]

_log = logging.getLogger(__name__)
_decoder = msgspec.msgpack.Decoder(FromWorker)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds that a worker may be silent. `load` holds for its start, for the first frame after it
    and whenever it embeds for the first time; `embed` for the texts of one file; `file` for
    anything else.
    """

    load: float = 180.0
    embed: float = 180.0
    file: float = 20.0
    close: float = 2.0


class WorkerLostError(Exception):
    """The worker hung or died at `place` of its batch, in `stage` with `key`; -1: before its first
    word.
    """

    def __init__(self, what: str, place: int, stage: str, key: bytes) -> None:
        super().__init__(what)
        self.what = what
        self.place = place
        self.stage = stage
        self.key = key


class WorkerProcess:
    """Use `start`, then `run` one batch after the other; after WorkerLostError or a cancelled `run`
    it can only be killed.
    """

    def __init__(self, process: Process, deadlines: Deadlines) -> None:
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        self._process, self._in, self._out = process, process.stdin, process.stdout
        self._deadlines = deadlines
        self._loaded = False
        self._started = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @classmethod
    async def start(cls, start: Start, deadlines: Deadlines) -> WorkerProcess:
        """Returns at once; whether the process really works shows with the first batch. Raises
        EngineError if there is none.
        """
        environment = {**ONE_THREAD, "TOKENIZERS_PARALLELISM": "false", "PYTHONUTF8": "1"}
        try:
            process = await start_helper(
                module_command("codetriever_lsp.index.workers.main"), environment, stdout=PIPE
            )
        except OSError as error:
            raise EngineError(f"A worker process cannot be started: {error}") from error
        worker = cls(process, deadlines)
        worker._in.write(pack(start))
        return worker

    async def run(self, batch: Batch, found: Callable[[int, Outcome], None]) -> dict[str, float]:
        """Give the worker a batch; `found` is called with each place and its outcome as it comes.
        Returns seconds by stage.

        Raises WorkerLostError, or what the worker says is broken (the worker can be used again
        then).
        """
        place, stage, key = 0, "", b""
        try:
            self._in.write(pack(batch))
            await self._in.drain()
            while True:
                async with asyncio.timeout(self._patience(stage)):
                    frame = await self._frame()
                match frame:
                    case Ready():
                        self._started = True
                    case Began(place, stage, key):
                        pass
                    case Done(done, outcome):
                        self._loaded = self._loaded or stage == "embed"
                        place, stage, key = done + 1, "", b""
                        found(done, outcome)
                    case Finished(seconds):
                        return seconds
                    case Broken(error, message):
                        raise by_name(error)(message)
        except TimeoutError as error:
            raise WorkerLostError("hangs", place if self._started else -1, stage, key) from error
        except (FrameError, ConnectionError) as error:
            raise WorkerLostError("crashed", place if self._started else -1, stage, key) from error

    @property
    def started(self) -> bool:
        """Whether it ever said that it is ready."""
        return self._started

    async def kill(self) -> None:
        if self._process.returncode is None:
            try:
                self._process.kill()
            except ProcessLookupError:
                _log.debug("worker %d was gone already", self.pid)
        await self._end()

    async def close(self) -> None:
        """Let it go; kill it if it does not."""
        try:
            self._in.close()
            async with asyncio.timeout(self._deadlines.close):
                await self._process.wait()
        except TimeoutError:
            await self.kill()
            return
        await self._end()

    def _patience(self, stage: str) -> float:
        if (
            not self._started
            or (stage == "embed" and not self._loaded)
            or (stage == "" and not self._loaded)
        ):
            return self._deadlines.load
        return self._deadlines.embed if stage == "embed" else self._deadlines.file

    async def _frame(self) -> FromWorker:
        if (body := await read_frame(self._out)) is None:
            raise FrameError("The worker ended.")
        frame: FromWorker = _decoder.decode(body)
        return frame

    async def _end(self) -> None:
        """Reap the process and close our ends of the pipes."""
        await self._process.wait()
        self._in.close()
        try:
            await self._in.wait_closed()
        except (ConnectionError, OSError):
            _log.debug("worker %d had closed its pipe", self.pid)
