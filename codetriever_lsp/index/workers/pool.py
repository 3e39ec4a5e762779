"""The worker processes of an engine, shared by all folders: they prepare files, and none of what
they do can hurt the engine.

A file that makes a worker hang or crash is tried once more alone. If that was in its grammar, its
content is quarantined and cut at lines from then on; else it has failed for now. The other files of
its batch never notice.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import os
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from codetriever_lsp.embed.embedder import ModelInfo
from codetriever_lsp.errors import CodetrieverError, EngineError, NotReady
from codetriever_lsp.index.jobs import Batch, Failed, FileTask, Outcome, Start
from codetriever_lsp.index.workers.handle import Deadlines, WorkerLostError, WorkerProcess
from codetriever_lsp.settings import EngineSettings, IndexSettings

__all__ = ["Results", "SavesEmbeddings", "WorkerPool"]

_log = logging.getLogger(__name__)

_IDLE_S = 60.0
_STRIKES = 2
_STILLBORN = 3
_BATCH_FILES = {"none": 64, "static": 32, "onnx": 4}
_BATCH_BYTES = {"none": 1_000_000, "static": 400_000, "onnx": 40_000}


@dataclass(frozen=True, slots=True)
class Results:
    """What became of each file of a batch, in its order, and the seconds that workers spent by
    stage.
    """

    outcomes: list[Outcome]
    seconds: dict[str, float]


class SavesEmbeddings(Protocol):
    """The writing side of the embedding cache."""

    async def put(self, model: str, items: Mapping[bytes, bytes]) -> None: ...


class WorkerPool:
    """At most `workers` processes, started when there is work, all but one let go after a minute
    without any.

    `model` is what `describe(settings)` says; a transformer gets one process with all threads,
    anything else a process for each thread of `settings.threads`. `embeddings` is the cache in
    `settings.cache_dir` where workers look embeddings up and new ones are kept; None for none.
    """

    def __init__(
        self,
        settings: EngineSettings,
        model: ModelInfo,
        *,
        embeddings: SavesEmbeddings | None = None,
        workers: int = 0,
        deadlines: Deadlines | None = None,
    ) -> None:
        threads = settings.threads or max(1, (os.cpu_count() or 2) - 1)
        self.model = model
        self.size = workers or (1 if model.kind == "onnx" else threads)
        self.batch_files = _BATCH_FILES[model.kind]
        self.batch_bytes = _BATCH_BYTES[model.kind]
        self._settings = msgspec.structs.replace(
            settings, threads=threads if model.kind == "onnx" else 1
        )
        self.embeddings = embeddings
        self._deadlines = deadlines or Deadlines()
        self._seats = _Seats(self.size)
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._quarantine: set[bytes] = set()
        self._stillborn = 0
        self._reaper: asyncio.TimerHandle | None = None
        self._asides: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """The worker processes there are now."""
        return [worker.pid for worker in (*self._idle, *self._busy)]

    async def prepare(
        self,
        root: Path,
        settings: IndexSettings,
        files: Sequence[FileTask],
        *,
        urgent: bool = False,
    ) -> Results:
        """What became of each file. `urgent` goes before what waits already.

        Raises ModelError if the model cannot be loaded, EngineError if no worker starts, NotReady
        after `close`.
        """
        outcomes: list[Outcome | None] = [None] * len(files)
        seconds: dict[str, float] = {}
        strikes = [0] * len(files)
        groups = deque([[*enumerate(files)]] if files else [])
        while groups:
            group = groups.popleft()
            batch = Batch(
                str(root), settings, tuple(task for _, task in group), tuple(self._quarantine)
            )
            try:
                for stage, spent in (await self._run(batch, group, outcomes, urgent)).items():
                    seconds[stage] = seconds.get(stage, 0.0) + spent
            except WorkerLostError as lost:
                if lost.place < 0:
                    groups.appendleft(group)
                    continue
                place, task = group[lost.place] if lost.place < len(group) else group[-1]
                rest = [(at, item) for at, item in group if outcomes[at] is None and at != place]
                if rest:
                    groups.appendleft(rest)
                if outcomes[place] is None:
                    strikes[place] += 1
                    again = self._after_loss(task, lost, strikes, place, outcomes)
                    groups.extendleft([[(place, again)]] if again else [])
        return Results([outcome for outcome in outcomes if outcome is not None], seconds)

    async def prepare_buffer(self, task: FileTask, settings: IndexSettings) -> Outcome:
        """The same for the text of an open buffer, which needs no folder; before all files."""
        return (await self.prepare(Path(), settings, [task], urgent=True)).outcomes[0]

    def warm(self) -> None:
        """Start all processes and have them load the model, while the caller does something
        else.
        """
        if not self._closed:
            for _ in range(self.size - len(self._idle) - len(self._busy)):
                self._aside(self._warm_one())

    async def close(self) -> None:
        """End all processes; what is being prepared is given up. Leaves no process behind."""
        self._closed = True
        if self._reaper:
            self._reaper.cancel()
        await asyncio.gather(*self._asides, return_exceptions=True)
        idle, self._idle = self._idle, []
        await asyncio.gather(
            *(worker.close() for worker in idle), *(worker.kill() for worker in tuple(self._busy))
        )
        self._busy.clear()
        self._seats.close()

    async def _run(
        self,
        batch: Batch,
        group: Sequence[tuple[int, FileTask]],
        outcomes: list[Outcome | None],
        urgent: bool,
    ) -> dict[str, float]:
        async with self._worker(urgent) as worker:

            def found(place: int, outcome: Outcome) -> None:
                self._stillborn = 0
                outcomes[group[place][0]] = outcome

            return await worker.run(batch, found)

    def _after_loss(
        self,
        task: FileTask,
        lost: WorkerLostError,
        strikes: list[int],
        place: int,
        outcomes: list[Outcome | None],
    ) -> FileTask | None:
        """The file to try again alone; None if it has failed for now."""
        _log.warning(
            "a worker %s at %s (%s)", lost.what, task.path, lost.stage or "between two files"
        )
        if strikes[place] < _STRIKES:
            return task
        if lost.stage == "parse":
            self._quarantine.add(lost.key)
            strikes[place] = _STRIKES - 1
            return msgspec.structs.replace(task, syntax=False)
        outcomes[place] = Failed(
            task.path, f"the worker {lost.what} in stage {lost.stage or 'read'}"
        )
        return None

    @asynccontextmanager
    async def _worker(self, urgent: bool) -> AsyncIterator[WorkerProcess]:
        """A worker for one batch; given back if it can be used again."""
        await self._seats.take(urgent)
        try:
            worker = self._idle.pop() if self._idle else await self._start(warm=False)
            self._busy.add(worker)
            try:
                yield worker
            except CodetrieverError:
                self._give_back(worker)
                raise
            except BaseException:
                await asyncio.shield(self._discard(worker))
                self._check_stillborn(worker)
                raise
            else:
                self._give_back(worker)
        finally:
            self._seats.leave()

    async def _start(self, *, warm: bool) -> WorkerProcess:
        if self._closed:
            raise NotReady("The engine is closing.")
        model = self.model
        look_up = self.embeddings is not None
        start = Start(
            self._settings,
            model.fingerprint,
            model.dimension,
            look_up,
            warm and model.dimension > 0,
        )
        return await WorkerProcess.start(start, self._deadlines)

    async def _warm_one(self) -> None:
        await self._seats.take(False)
        try:
            if len(self._idle) + len(self._busy) < self.size:
                self._idle.append(await self._start(warm=True))
        except CodetrieverError as error:
            _log.warning("%s", error)
        finally:
            self._seats.leave()

    def _give_back(self, worker: WorkerProcess) -> None:
        self._busy.discard(worker)
        if self._closed:
            self._aside(worker.close())
            return
        self._idle.append(worker)
        if self._reaper:
            self._reaper.cancel()
        self._reaper = asyncio.get_running_loop().call_later(_IDLE_S, self._reap)

    def _reap(self) -> None:
        """One worker stays, so that a save is searchable in milliseconds."""
        while len(self._idle) > 1 or (self._idle and self._busy):
            self._aside(self._idle.pop(0).close())

    async def _discard(self, worker: WorkerProcess) -> None:
        await worker.kill()
        self._busy.discard(worker)

    def _check_stillborn(self, worker: WorkerProcess) -> None:
        """Workers that die before they say a word are no fault of any file."""
        self._stillborn = 0 if worker.started else self._stillborn + 1
        if self._stillborn >= _STILLBORN:
            self._stillborn = 0
            raise EngineError(
                "Worker processes end as soon as they start; the engine's log shows why. Reinstall codetriever-lsp."
            )

    def _aside(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)


class _Seats:
    """A semaphore whose urgent waiters go first; the others in order."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._order = itertools.count()
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []

    async def take(self, urgent: bool) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (not urgent, next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave()
            raise

    def leave(self) -> None:
        while self._waiting:
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def close(self) -> None:
        """Nobody's turn will come."""
        for *_, turn in self._waiting:
            if not turn.done():
                turn.set_exception(NotReady("The engine is closing."))
        self._waiting.clear()
