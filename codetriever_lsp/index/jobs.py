"""The messages between the engine and a worker process, sent as frames of `platform/framing.py`."""

from __future__ import annotations

import msgspec

from codetriever_lsp.settings import EngineSettings, IndexSettings
from codetriever_lsp.store.records import FileStamp, Prepared

__all__ = [
    "Batch",
    "Began",
    "Broken",
    "Done",
    "Failed",
    "FileTask",
    "Finished",
    "FromWorker",
    "Gone",
    "Made",
    "Outcome",
    "Ready",
    "Skip",
    "Start",
    "Unchanged",
]


class Frame(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of all frames and outcomes."""


# To the worker


class Start(Frame, frozen=True):
    """The first frame. With `look_up` embeddings are looked up in the cache directory, with `warm`
    the model is loaded at once.

    `fingerprint` and `dimension` (0 without a model) are what the model must have.
    """

    settings: EngineSettings
    fingerprint: str
    dimension: int
    look_up: bool
    warm: bool


class FileTask(msgspec.Struct, frozen=True, array_like=True):
    """One file. `known` is what the store remembers of it. With `text` the open buffer of `owner`
    is meant, not the file.

    Without `syntax` it is cut at lines instead of definitions; without `embed` its chunks get
    vectors of zeros.
    """

    path: str
    known: FileStamp | None = None
    text: str | None = None
    owner: int = 0
    syntax: bool = True
    embed: bool = True


class Batch(Frame, frozen=True):
    """Files of one folder, worked on in order. `quarantine`: digest and grammar of contents that
    are not parsed any more.
    """

    root: str
    settings: IndexSettings
    files: tuple[FileTask, ...]
    quarantine: tuple[bytes, ...] = ()


# What became of a file


class Made(Frame, frozen=True):
    prepared: Prepared

    @property
    def path(self) -> str:
        return self.prepared.file.path


class Unchanged(Frame, frozen=True):
    """The bytes are those that the store knows; `stamp` is what the file looks like now."""

    path: str
    stamp: FileStamp


class Gone(Frame, frozen=True):
    path: str


class Skip(Frame, frozen=True):
    """Not to be indexed as it is now; `stamp` (its digest b"" if it was not read) tells whether
    that may have changed.
    """

    path: str
    reason: str
    stamp: FileStamp


class Failed(Frame, frozen=True):
    """Could not be prepared; worth another try later."""

    path: str
    message: str


Outcome = Made | Unchanged | Gone | Skip | Failed


# From the worker


class Ready(Frame, frozen=True):
    pid: int


class Began(Frame, frozen=True):
    """The file at `place` of the batch enters a stage ("parse" or "embed"); `key` is its digest and
    grammar.
    """

    place: int
    stage: str
    key: bytes


class Done(Frame, frozen=True):
    place: int
    outcome: Outcome


class Finished(Frame, frozen=True):
    """All files of the batch are done; `seconds` spent by stage."""

    seconds: dict[str, float]


class Broken(Frame, frozen=True):
    """The batch cannot go on, through no fault of a file; `error` is the name of a class in
    `errors.py`.
    """

    error: str
    message: str


FromWorker = Ready | Began | Done | Finished | Broken
