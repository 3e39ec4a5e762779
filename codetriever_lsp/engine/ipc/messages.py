"""What front end and engine say to each other: length-prefixed msgpack frames of the types below.

The first frame of a client is `Hello`, the engine's first is `Welcome` or `Failure`. After that the
client sends `Call` frames and the engine answers each id exactly once with `Answer` or `Failure`,
`Partial` frames of the same id before it where asked for. `Event` frames come unasked. Paths are
absolute.
"""

from __future__ import annotations

import msgspec

from codetriever_lsp.model import (
    ContextResult,
    Filters,
    FolderStatus,
    Hit,
    IndexState,
    Mode,
    SearchResult,
    Span,
    SymbolHit,
)
from codetriever_lsp.settings import IndexSettings

PROTOCOL = 1
"""Raised whenever a frame changes its meaning; peers of different numbers do not talk."""


class Message(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Base of all frames and requests."""


# Requests. Behind each: the type of its answer.


class OpenFolders(Message, frozen=True):
    """Serve these folders to this client from now on, and no others. -> None

    Without `settings` each folder keeps those that it was last opened with: a command does not undo
    an editor's.
    """

    folders: tuple[str, ...]
    settings: IndexSettings | None = None


class Search(Message, frozen=True):
    """-> SearchResult; with `partial`, `Partial` frames of `Hit` tuples come first."""

    query: str
    limit: int = 20
    filters: Filters = Filters()
    mode: Mode = "hybrid"
    explain: bool = False
    partial: bool = False


class Similar(Message, frozen=True):
    """Places like the lines `first`..`last` (from 0, inclusive) of a file. -> SearchResult"""

    path: str
    first: int
    last: int
    limit: int = 20
    filters: Filters = Filters()


class Context(Message, frozen=True):
    """-> ContextResult"""

    path: str
    first: int
    last: int
    max_tokens: int = 2000


class Symbols(Message, frozen=True):
    """-> tuple[SymbolHit, ...], best first"""

    query: str
    limit: int = 200


class Outline(Message, frozen=True):
    """-> tuple[SymbolHit, ...] of one file, in document order; the open buffer where there is
    one
    """

    path: str


class Status(Message, frozen=True):
    """-> StatusResult"""


class Reindex(Message, frozen=True):
    """Start to compare every file with the index; with `full`, build anew. -> None"""

    folder: str = ""
    full: bool = False


class Sync(Message, frozen=True):
    """Wait until every change made before this request is searchable. -> int (generation)"""

    timeout_ms: int = 0


class Buffer(Message, frozen=True):
    """The text of an open document, of this client alone. `text` None: closed. -> None"""

    path: str
    version: int
    text: str | None


class Touch(Message, frozen=True):
    """Hints that these paths may have changed on disk; `saved` if the user wrote them in the
    editor. -> None
    """

    paths: tuple[str, ...]
    saved: bool = False


class Clear(Message, frozen=True):
    """Forget the index of a folder on disk; every folder's and all embeddings when empty. -> int
    (bytes freed)
    """

    folder: str = ""


class Repair(Message, frozen=True):
    """Look at every index for damage, at those of the client's folders file by file, and mend it.
    -> tuple[str, ...]

    A line of text for each index looked at, and for all that was done besides.
    """


class Shutdown(Message, frozen=True):
    """End the engine once its clients have their answers. -> None"""


Request = (
    OpenFolders
    | Search
    | Similar
    | Context
    | Symbols
    | Outline
    | Status
    | Reindex
    | Sync
    | Buffer
    | Touch
    | Clear
    | Repair
    | Shutdown
)


class EngineStatus(msgspec.Struct, frozen=True):
    pid: int
    version: str
    uptime_s: float
    clients: int
    memory_bytes: int
    cache_dir: str


class StatusResult(msgspec.Struct, frozen=True):
    engine: EngineStatus
    folders: tuple[FolderStatus, ...]


# Frames


class Hello(Message, frozen=True):
    protocol: int
    version: str
    token: str
    client: str
    pid: int


class Welcome(Message, frozen=True):
    protocol: int
    version: str
    pid: int


class Call(Message, frozen=True):
    id: int
    request: Request


class Cancel(Message, frozen=True):
    """Answer `id` with `Failure("Cancelled")` now, if it is not answered yet."""

    id: int


class Answer(Message, frozen=True):
    """`result` is msgpack of the type named beside the request."""

    id: int
    result: msgspec.Raw


class Partial(Message, frozen=True):
    id: int
    hits: tuple[Hit, ...]


class Failure(Message, frozen=True):
    """`error` is the name of a class in `errors.py`. Id 0 speaks of the connection."""

    id: int
    error: str
    message: str


class Progress(Message, frozen=True):
    """Work on a folder: `done` of `total` files; `total` 0 while it is not known; `finished` ends
    it.
    """

    folder: str
    title: str
    done: int
    total: int
    finished: bool = False


class StateChanged(Message, frozen=True):
    """The state over all folders of this client changed."""

    state: IndexState


class Warned(Message, frozen=True):
    """Something that the user should read once."""

    message: str


Event = Progress | StateChanged | Warned
FromClient = Hello | Call | Cancel
FromEngine = Welcome | Answer | Partial | Failure | Progress | StateChanged | Warned

RESULTS: dict[type[Message], object] = {
    OpenFolders: None,
    Search: SearchResult,
    Similar: SearchResult,
    Context: ContextResult,
    Symbols: tuple[SymbolHit, ...],
    Outline: tuple[SymbolHit, ...],
    Status: StatusResult,
    Reindex: None,
    Sync: int,
    Buffer: None,
    Touch: None,
    Clear: int,
    Repair: tuple[str, ...],
    Shutdown: None,
}
"""The type of the answer to each request."""

__all__ = [
    "PROTOCOL",
    "RESULTS",
    "Answer",
    "Buffer",
    "Call",
    "Cancel",
    "Clear",
    "Context",
    "EngineStatus",
    "Event",
    "Failure",
    "FromClient",
    "FromEngine",
    "Hello",
    "Message",
    "OpenFolders",
    "Outline",
    "Partial",
    "Progress",
    "Reindex",
    "Repair",
    "Request",
    "Search",
    "Shutdown",
    "Similar",
    "Span",
    "StateChanged",
    "Status",
    "StatusResult",
    "Symbols",
    "Sync",
    "Touch",
    "Warned",
    "Welcome",
]
